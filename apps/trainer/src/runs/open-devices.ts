import { BadInputError, type Clock, type PhysicalSystem, type Seconds } from "@ohmwork/core";
import type { Birth, Responded, Signer } from "@ohmwork/wire";
import { narrowPorts } from "./narrow-ports.ts";
import type { Exchanges } from "./remote/exchanges.ts";
import { openRemoteDevice, type RemotePhysics } from "./remote/remote-device.ts";
import type { RunSpec } from "./run.ts";

export type OpenDevicesOptions = {
  readonly fleet: string;
  readonly run: string;
  readonly spec: RunSpec;
  /** Of each device that the run names. */
  readonly births: ReadonlyMap<string, Birth>;
  readonly exchanges: Exchanges;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly nextSequence: (device: string) => Promise<number>;
  readonly onAnswer?: (device: string, answer: Extract<Responded, { ok: true }>) => void;
  readonly limitSeconds?: Seconds;
};

/**
 * The devices of a run, by the names that its network calls them, with "+" between those of one device.
 *
 * @throws BadInputError when a device cannot be driven from afar, or a window of the run does not fit it
 */
export async function openDevices(options: OpenDevicesOptions): Promise<Record<string, PhysicalSystem>> {
  const { fleet, run, spec, births, exchanges, signer, clock, nextSequence, onAnswer, limitSeconds } = options;
  const opened: Record<string, PhysicalSystem> = {};
  for (const device of new Set(Object.values(spec.devices))) {
    const names = Object.keys(spec.devices).filter((name) => spec.devices[name] === device);
    const windows = names.reduce<Windows>((all, name) => ({ ...all, ...spec.windows?.[name] }), {});
    opened[names.join("+")] = await openRemoteDevice({
      fleet,
      device,
      run,
      physics: physicsOf(device, births.get(device), windows),
      exchanges,
      signer,
      clock,
      nextSequence: () => nextSequence(device),
      ...(onAnswer !== undefined && { onAnswer: (answer) => onAnswer(device, answer) }),
      ...(limitSeconds !== undefined && { limitSeconds }),
    });
  }
  return opened;
}

type Windows = NonNullable<RunSpec["windows"]>[string];

function physicsOf(device: string, birth: Birth | undefined, windows: Windows): RemotePhysics {
  if (birth?.stages === undefined || birth.largestBatch === undefined)
    throw new BadInputError(`Device ${device} does not say what it measures: its agent cannot be driven from afar`);
  const { ports: ownPorts, stages, largestBatch, repeatable = false } = birth;
  const ports = { ...ownPorts, parameters: narrowPorts(ownPorts.parameters, windows) };
  return { ports, ownPorts, stages, largestBatch, repeatable };
}
