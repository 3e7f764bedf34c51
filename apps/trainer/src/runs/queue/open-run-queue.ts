import type { Clock } from "@ohmwork/core";
import { openPgBossRunQueue } from "./pg-boss-run-queue.ts";
import type { RunQueue } from "./run-queue.ts";
import { createSqliteRunQueue } from "./sqlite-run-queue.ts";

/**
 * The queue that goes with a store: in the same PostgreSQL, or in a file beside the one of SQLite.
 *
 * @param where what `openStore` is given
 * @throws StoreFailedError when it cannot be opened
 * @throws BadInputError when an address cannot be read
 */
export async function openRunQueue(where: string, options: { readonly fleet: string; readonly clock: Clock }): Promise<RunQueue> {
  const { fleet, clock } = options;
  if (/^postgres(ql)?:\/\//.test(where)) return openPgBossRunQueue({ url: where, fleet });
  return createSqliteRunQueue({ file: where === ":memory:" ? where : `${where}.queue`, fleet, clock });
}
