import { AbortedError, BadInputError, type Clock } from "@ohmwork/core";
import type { Birth, Signer } from "@ohmwork/wire";
import type { TrainerStore } from "../store/store.ts";
import { openDevices } from "./open-devices.ts";
import { createJournalExchanges } from "./remote/journal-exchanges.ts";
import { type SealedLayers, sealLayers } from "./seal-layers.ts";
import type { TrainRun } from "./training/train-run.ts";

/** Nothing that is signed here goes anywhere. */
const nobody: Signer = {
  key: "0",
  publicKey: new Uint8Array(32),
  sign: async (_, payload) => ({ key: "0", payload, signature: new Uint8Array(64) }),
};

/**
 * Trains a run that is done once more, from its journal alone: no device is asked, and the sets it comes to are those of the
 * run, byte for byte.
 *
 * @throws BadInputError when the run is not done, or a device is not known any more
 * @throws RemoteDeviceError when the journal lacks an answer
 */
export async function replayRun(
  run: string,
  options: {
    readonly fleet: string;
    readonly store: TrainerStore;
    readonly train: TrainRun;
    readonly clock: Clock;
    readonly signal?: AbortSignal;
  },
): Promise<SealedLayers> {
  const { fleet, store, train, clock, signal = new AbortController().signal } = options;
  if (signal.aborted) throw new AbortedError("A replay");
  const { spec, result } = (await store.runs.read(fleet, run)) ?? {};
  if (spec === undefined || result === undefined) throw new BadInputError(`Run ${run} is not done: there is nothing to replay`);
  const births = new Map<string, Birth>();
  for (const { device, birth } of await store.devices(fleet)) {
    if (birth === undefined) continue;
    const parent = result.parameters.find((set) => set.device === device)?.parent;
    const { sha256: _, ...parameters } = birth.parameters;
    births.set(device, { ...birth, parameters: { ...parameters, ...(parent !== undefined && { sha256: parent }) } });
  }
  const exchanges = createJournalExchanges(await store.runs.journal(fleet, run));
  const nextSequence = async (): Promise<number> => 1;
  const devices = await openDevices({ fleet, run, spec, births, exchanges, signer: nobody, clock, nextSequence });
  const { layers } = await train({ spec, devices }, { signal, onProgress: async () => undefined });
  return sealLayers(layers, { spec, births, madeAt: result.madeAt });
}
