import { type Kysely, type Selectable, sql, type Transaction } from "kysely";
import type { Tables } from "../../store/tables.ts";
import type { Run, RunProgress, RunResult, RunSpec, RunState, RunWish } from "../run.ts";
import { RunLostError } from "./run-lost-error.ts";
import type { Begun, Exchange, Fence, RunStore } from "./run-store.ts";

type Read = <T>(work: (from: Kysely<Tables>) => Promise<T>) => Promise<T>;
type Write = <T>(work: (transaction: Transaction<Tables>) => Promise<T>) => Promise<T>;
type Row = Selectable<Tables["runs"]>;

/** Rows of one INSERT stay below what both databases take. */
const chunkSize = 200;

export function createRunStore(read: Read, write: Write): RunStore {
  return {
    create: (fleet, { id, spec, at }) =>
      write(async (transaction) => {
        const times = { created_at: at, changed_at: at };
        const row = { fleet, id, spec: JSON.stringify(spec), state: "queued", wish: "go-on", fence: 0, commits: 0, ...times };
        await transaction.insertInto("runs").values(row).execute();
      }),
    list: (fleet, limit) =>
      read(async (from) => {
        const query = from.selectFrom("runs").selectAll().where("fleet", "=", fleet).orderBy("created_at", "desc").orderBy("id");
        return (await query.limit(limit).execute()).map(runOf);
      }),
    read: (fleet, run) =>
      read(async (from) => {
        const row = await from.selectFrom("runs").selectAll().where("fleet", "=", fleet).where("id", "=", run).executeTakeFirst();
        return row && runOf(row);
      }),
    counts: (fleet) =>
      read(async (from) => {
        const query = from.selectFrom("runs").select(["state", (eb) => eb.fn.countAll<number>().as("count")]);
        const rows = await query.where("fleet", "=", fleet).groupBy("state").execute();
        return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
      }),
    unfinished: (fleet) =>
      read(async (from) => {
        const query = from.selectFrom("runs").select("id").where("fleet", "=", fleet).where("state", "in", ["queued", "running"]);
        return (await query.orderBy("created_at").orderBy("id").execute()).map(({ id }) => id);
      }),
    wish: (fleet, run, wish, at) =>
      write(async (transaction) => {
        const row = await lockRun(transaction, fleet, run);
        if (row === undefined) return undefined;
        const changed = { ...row, ...wished(row.state as RunState, wish), changed_at: at };
        const { state, wish: noted, reason } = changed;
        await update(transaction, { fleet, run }, { state, wish: noted, reason, changed_at: at });
        return runOf(changed);
      }),
    begin: (fleet, run, worker, at) => write((transaction) => begin(transaction, { fleet, run }, worker, at)),
    commit: (fence, { state, progress, exchanges }, at) =>
      write(async (transaction) => {
        const { fleet, run } = fence;
        const { commits } = await lockFenced(transaction, fence);
        const number = commits + 1;
        const payload = JSON.stringify(progress);
        await update(transaction, fence, { commits: number, progress: payload, attempts: 0, reason: null, changed_at: at });
        await transaction
          .insertInto("run_states")
          .values({ fleet, run, payload: state })
          .onConflict((conflict) => conflict.columns(["fleet", "run"]).doUpdateSet({ payload: state }))
          .execute();
        await transaction.insertInto("run_steps").values({ fleet, run, number, payload, at }).execute();
        await insertExchanges(transaction, fence, number, exchanges);
      }),
    finish: (fence, { result, sets, exchanges }, at) =>
      write(async (transaction) => {
        const { fleet } = fence;
        const { commits } = await lockFenced(transaction, fence);
        for (const { id, bytes, device = null } of sets) {
          await transaction
            .insertInto("parameter_sets")
            .values({ fleet, id, device, payload: bytes, received_at: at })
            .onConflict((conflict) => conflict.doNothing())
            .execute();
        }
        await insertExchanges(transaction, fence, commits + 1, exchanges);
        await update(transaction, fence, { state: "done", result: JSON.stringify(result), reason: null, changed_at: at });
      }),
    leave: (fence, { state, reason = null, blameless = false }, at) =>
      write(async (transaction) => {
        const { attempts } = await lockFenced(transaction, fence);
        const counted = blameless ? attempts - 1 : attempts;
        await update(transaction, fence, { state, reason, attempts: counted, changed_at: at });
      }),
    nextLease: (fence, device, above) =>
      write(async (transaction) => {
        await lockFenced(transaction, fence);
        const { fleet, run } = fence;
        const rows = await transaction
          .updateTable("device_leases")
          .set({ sequence: sql<number>`case when sequence > ${above} then sequence else ${above} end + 1` })
          .where("fleet", "=", fleet)
          .where("device", "=", device)
          .where("run", "=", run)
          .returning("sequence")
          .execute();
        if (rows[0] === undefined) throw new RunLostError(run);
        return rows[0].sequence;
      }),
    steps: (fleet, run) =>
      read(async (from) => {
        const query = from.selectFrom("run_steps").select("payload").where("fleet", "=", fleet).where("run", "=", run);
        return (await query.orderBy("number").execute()).map(({ payload }) => JSON.parse(payload) as RunProgress);
      }),
    journal: (fleet, run) =>
      read(async (from) => {
        const query = from
          .selectFrom("run_exchanges")
          .select(["device", "request", "payload"])
          .where("fleet", "=", fleet)
          .where("run", "=", run);
        const rows = await query.orderBy("number").orderBy("place").execute();
        return rows.map(({ device, request, payload }) => ({ device, request, payload: new Uint8Array(payload) }));
      }),
  };
}

/** What a wish makes of a run in a state. */
function wished(state: RunState, wish: RunWish): { state?: RunState; wish?: RunWish; reason?: null } {
  if (state === "running") return { wish };
  if (state === "done" || state === "cancelled") return {};
  if (wish === "cancel") return { state: "cancelled", wish };
  if (wish === "go-on") return { state: "queued", wish, ...(state === "queued" ? {} : { reason: null }) };
  return state === "failed" ? {} : { state: "paused", wish };
}

async function begin(
  transaction: Transaction<Tables>,
  { fleet, run }: Pick<Fence, "fleet" | "run">,
  worker: string,
  at: number,
): Promise<Begun> {
  const row = await lockRun(transaction, fleet, run);
  if (row === undefined || (row.state !== "queued" && row.state !== "running")) return { kind: "not-to-be-run" };
  const { devices } = JSON.parse(row.spec) as RunSpec;
  // In one order for all, so that two runs with the same devices never wait for each other.
  for (const device of [...new Set(Object.values(devices))].toSorted()) {
    await transaction
      .insertInto("device_leases")
      .values({ fleet, device, sequence: 0, run })
      .onConflict((conflict) => conflict.columns(["fleet", "device"]).doUpdateSet((eb) => ({ run: eb.ref("device_leases.run") })))
      .execute();
    const holder = await transaction
      .selectFrom("device_leases")
      .innerJoin("runs", (join) =>
        join.onRef("runs.fleet", "=", "device_leases.fleet").onRef("runs.id", "=", "device_leases.run"),
      )
      .select(["runs.id", "runs.state"])
      .where("device_leases.fleet", "=", fleet)
      .where("device_leases.device", "=", device)
      .executeTakeFirst();
    if (holder !== undefined && holder.id !== run && holder.state === "running") {
      await update(transaction, { fleet, run }, { reason: `Waits for device ${device}, which run ${holder.id} has` });
      return { kind: "busy", device, by: holder.id };
    }
    await transaction.updateTable("device_leases").set({ run }).where("fleet", "=", fleet).where("device", "=", device).execute();
  }
  const changed = {
    ...row,
    state: "running",
    worker,
    fence: row.fence + 1,
    attempts: row.attempts + 1,
    reason: null,
    changed_at: at,
  };
  const { state, fence, attempts } = changed;
  await update(transaction, { fleet, run }, { state, worker, fence, attempts, reason: null, changed_at: at });
  const kept = await transaction
    .selectFrom("run_states")
    .select("payload")
    .where("fleet", "=", fleet)
    .where("run", "=", run)
    .executeTakeFirst();
  return { kind: "begun", run: runOf(changed), token: fence, ...(kept && { state: new Uint8Array(kept.payload) }) };
}

/** The row of a run, which nobody else can change until the transaction ends. */
async function lockRun(transaction: Transaction<Tables>, fleet: string, run: string): Promise<Row | undefined> {
  const query = transaction.updateTable("runs").set((eb) => ({ fence: eb.ref("fence") }));
  return query.where("fleet", "=", fleet).where("id", "=", run).returningAll().executeTakeFirst();
}

/** @throws RunLostError when the fence counts no longer */
async function lockFenced(transaction: Transaction<Tables>, { fleet, run, token }: Fence): Promise<Row> {
  const row = await lockRun(transaction, fleet, run);
  if (row === undefined || row.fence !== token || row.state !== "running") throw new RunLostError(run);
  return row;
}

async function update(
  transaction: Transaction<Tables>,
  { fleet, run }: Pick<Fence, "fleet" | "run">,
  change: Partial<Omit<Row, "fleet" | "id">>,
): Promise<void> {
  await transaction.updateTable("runs").set(change).where("fleet", "=", fleet).where("id", "=", run).execute();
}

async function insertExchanges(
  transaction: Transaction<Tables>,
  { fleet, run }: Fence,
  number: number,
  exchanges: readonly Exchange[],
): Promise<void> {
  const rows = exchanges.map((exchange, place) => ({ fleet, run, number, place, ...exchange }));
  for (let at = 0; at < rows.length; at += chunkSize)
    await transaction
      .insertInto("run_exchanges")
      .values(rows.slice(at, at + chunkSize))
      .execute();
}

function runOf(row: Row): Run {
  const { id, spec, state, wish, commits, progress, result, reason, worker } = row;
  return {
    id,
    spec: JSON.parse(spec) as RunSpec,
    state: state as RunState,
    wish: wish as RunWish,
    commits,
    ...(progress !== null && { progress: JSON.parse(progress) as RunProgress }),
    ...(result !== null && { result: JSON.parse(result) as RunResult }),
    ...(reason !== null && { reason }),
    ...(worker !== null && { worker }),
    attempts: row.attempts,
    createdAt: row.created_at,
    changedAt: row.changed_at,
  };
}
