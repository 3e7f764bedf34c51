import { Seconds } from "@ohmwork/core";
import { connectMqtt } from "@ohmwork/runtime";
import { clientIdOf } from "@ohmwork/wire";
import { openStore } from "./store/open-store.ts";
import type { FleetSummary } from "./store/store.ts";
import { createTrainer, type TrainerCounts, type TrainerEvents, trainerLink, trainerWill } from "./trainer.ts";

export type RunTrainerOptions = TrainerEvents & {
  readonly fleet: string;
  /** URL of the broker. */
  readonly broker: string;
  /** The SQLite file; made when it is not there. */
  readonly file: string;
  /** Stable, one per trainer of a fleet. @default "trainer-1" */
  readonly id?: string;
  /** How long to wait for a broker at the start. @default 10 */
  readonly connectSeconds?: Seconds;
  /** Called once it listens. */
  readonly onReady?: () => void;
};

/**
 * Runs a trainer until the signal fires, and gives what it counted and what its store holds.
 *
 * @throws StoreFailedError when the file cannot be opened
 * @throws BrokerUnreachableError when no broker answers within `connectSeconds`
 * @throws AbortedError when the signal fires before a broker answered
 */
export async function runTrainer(
  options: RunTrainerOptions,
  signal: AbortSignal,
): Promise<{ counts: TrainerCounts; summary: FleetSummary }> {
  const { fleet, broker, file, id = "trainer-1", onReady, onTrouble, connectSeconds = Seconds(10) } = options;
  const will = trainerWill(fleet, id);
  await using store = await openStore(file);
  await using connection = connectMqtt(broker, {
    clientId: clientIdOf({ fleet, trainer: id }),
    will,
    ...trainerLink,
    ...(onTrouble !== undefined && { onTrouble }),
  });
  const trainer = createTrainer({ ...options, id, store, connection });
  await trainer.start();
  await connection.whenConnected(connectSeconds, signal);
  onReady?.();
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await trainer.stop();
  return { counts: trainer.counts(), summary: await store.summary(fleet) };
}
