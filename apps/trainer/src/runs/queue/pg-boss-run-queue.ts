import { StoreFailedError } from "@ohmwork/runtime";
import { PgBoss } from "pg-boss";
import { shownAddress } from "../../store/postgres-dialect.ts";
import { leaseSeconds, pauseSeconds, type RunQueue } from "./run-queue.ts";

/** A run that comes back again and again is the store's to end, by its own count. */
const noLimit = 1_000_000;
/** No lease is looked at more often. */
const lookSeconds = 1;
/** Ends of leases, work and the clock they go by are the server's; a run lasts as long as its worker is heard of. */
const longestRunSeconds = 23 * 3600;

/**
 * A queue of pg-boss in a PostgreSQL, in a schema of its own.
 *
 * @throws StoreFailedError when it cannot be reached
 */
export async function openPgBossRunQueue(options: {
  readonly url: string;
  readonly fleet: string;
  /** @default "ohmwork_queue" */
  readonly schema?: string;
}): Promise<RunQueue> {
  const { url, fleet, schema = "ohmwork_queue" } = options;
  const place = shownAddress(url);
  const reached = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      const [reason] = String((cause as { message?: unknown }).message ?? cause).split("\n", 1);
      throw new StoreFailedError(`Could not reach the queue of ${place}: ${reason}`, { file: place }, { cause });
    }
  };
  const boss = new PgBoss({
    connectionString: url,
    schema,
    max: 2,
    application_name: "ohmwork-runs",
    schedule: false,
    supervise: false, // each claim looks for leases that ended
    monitorIntervalSeconds: lookSeconds,
  });
  // Whoever meets a server that went away says so; here it would end this process.
  boss.on("error", () => undefined);
  const name = await reached(async () => {
    await boss.start();
    // Stores in schemas of one database are different ones, and their fleets may have one name.
    const { rows } = await boss.getDb().executeSql("SELECT current_schema() AS store");
    const { store } = (rows as readonly { readonly store: string }[])[0] ?? { store: "public" };
    const queue = `runs.${store.replaceAll(/[^\w-]/g, "-")}.${fleet}`;
    await boss.createQueue(queue, {
      heartbeatSeconds: leaseSeconds,
      expireInSeconds: longestRunSeconds,
      retryLimit: noLimit,
      retryDelay: pauseSeconds,
      retentionSeconds: 365 * 24 * 3600,
    });
    return queue;
  });
  let look = 0;

  /** Runs whose worker was not heard of are free again. */
  const freeExpired = async (): Promise<void> => {
    const now = performance.now();
    if (now < look) return;
    look = now + lookSeconds * 1000;
    await boss.supervise(name);
  };

  return {
    enqueue: (run) => reached(async () => void (await boss.send(name, {}, { id: run }))),
    claim: () =>
      reached(async () => {
        await freeExpired();
        const [job] = await boss.fetch(name, { batchSize: 1, includeMetadata: true });
        return job && { run: job.id, attempt: job.retryCount };
      }),
    heartbeat: ({ run, attempt }) =>
      reached(async () => {
        const answer = await boss.touch(name, { id: run, retryCount: attempt });
        return "affected" in answer && answer.affected === 1; // its type does not say so, its manual does
      }),
    complete: ({ run, attempt }) => reached(async () => void (await boss.deleteJob(name, { id: run, retryCount: attempt }))),
    release: ({ run, attempt }) => reached(async () => void (await boss.fail(name, { id: run, retryCount: attempt }))),
    withdraw: (run) => reached(async () => void (await boss.deleteJob(name, run))),
    [Symbol.asyncDispose]: () => boss.stop({ graceful: false, close: true }),
  };
}
