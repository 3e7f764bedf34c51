import { BadInputError } from "@ohmwork/core";
import type { Reported } from "@ohmwork/wire";
import { type Insertable, type Kysely, type Selectable, sql, type Transaction } from "kysely";
import { columnText } from "../store/sample-row.ts";
import type { Tables } from "../store/tables.ts";
import type { Rollout, RolloutEvent, RolloutPhase, RolloutPlan, Target } from "./rollout.ts";
import type { RolloutMoment, Seen } from "./step-rollout.ts";

/** A trainer's right to write a rollout, until another one takes it. */
export type Claim = { readonly leader: string; readonly fence: number };

/** How a rollout is led: `beat` grows while somebody leads it. */
export type Leadership = {
  readonly id: string;
  readonly phase: RolloutPhase;
  readonly leader?: string;
  readonly fence: number;
  readonly beat: number;
};

/** What of a moment is in the store. */
type RolloutFacts = Omit<RolloutMoment, "at">;

/** A rollout, and what it is now: one function of the other, so that it can be tried again. */
export type RolloutChange = (rollout: Rollout, facts: RolloutFacts) => Rollout;

/** Where rollouts are kept. Every method throws StoreFailedError when the store cannot be read or written. */
export interface RolloutStore {
  /** @throws BadInputError when there is one of that name, or a device is in another one that is open */
  begin(fleet: string, rollout: Rollout): Promise<void>;
  /** Newest first. */
  list(fleet: string): Promise<readonly Omit<Rollout, "targets">[]>;
  read(fleet: string, id: string): Promise<Rollout | undefined>;
  /** Those that are not at their end. */
  led(fleet: string): Promise<readonly Leadership[]>;
  /**
   * Changes a rollout while nobody else does, and gives what it is now; undefined when there is none, or the claim counts no longer.
   *
   * @throws BadInputError when it would open for devices that are in another one
   */
  change(fleet: string, id: string, work: RolloutChange, claim?: Claim): Promise<Rollout | undefined>;
  /** Takes the lead of a rollout that is as it was seen; undefined when it is not any more. */
  claim(fleet: string, seen: Leadership, leader: string): Promise<Claim | undefined>;
  release(fleet: string, id: string, claim: Claim): Promise<void>;
  /** Notes who was told what they are to hear; one whose version or phase is another by now is not. */
  told(fleet: string, id: string, targets: readonly Target[], claim: Claim): Promise<void>;
}

type Read = <T>(work: (from: Kysely<Tables>) => Promise<T>) => Promise<T>;
type Write = <T>(work: (transaction: Transaction<Tables>) => Promise<T>) => Promise<T>;

/** Rows of one INSERT: fifteen values each stay below what both databases take. */
const chunkSize = 500;
const openPhases: readonly RolloutPhase[] = ["running", "awaiting", "returning"];
const overPhases: readonly RolloutPhase[] = ["done", "returned"];
const isOpen = (phase: string): boolean => openPhases.some((one) => one === phase);

export function createRolloutStore(read: Read, write: Write): RolloutStore {
  return {
    begin: (fleet, rollout) =>
      write(async (database) => {
        const { id, plan, phase, wave, history, targets } = rollout;
        const at = history[0]?.at ?? 0;
        const row = { fleet, id, plan: JSON.stringify(plan), phase, wave, history: JSON.stringify(history), created_at: at };
        const { length } = await database
          .insertInto("rollouts")
          .values({ ...row, leader: null, fence: 0, beat: 0 })
          .onConflict((conflict) => conflict.doNothing())
          .returning("id")
          .execute();
        if (length === 0) throw new BadInputError(`There is a rollout ${id} already`);
        const rows = targets.map((target, place) => ({ ...rowOf(fleet, id, target), place, open: 1 }));
        for (let i = 0; i < rows.length; i += chunkSize) {
          const chunk = rows.slice(i, i + chunkSize);
          await refuseTaken(
            database,
            fleet,
            id,
            chunk.map(({ device }) => device),
          );
          await database.insertInto("rollout_targets").values(chunk).execute();
        }
      }),
    list: (fleet) =>
      read(async (from) => {
        const query = from.selectFrom("rollouts").selectAll().where("fleet", "=", fleet);
        return (await query.orderBy("created_at", "desc").orderBy("id").execute()).map(headOf);
      }),
    read: (fleet, id) =>
      read(async (from) => {
        const query = from.selectFrom("rollouts").selectAll().where("fleet", "=", fleet).where("id", "=", id);
        const row = await query.executeTakeFirst();
        return row === undefined ? undefined : { ...headOf(row), targets: await readTargets(from, fleet, id) };
      }),
    led: (fleet) =>
      read(async (from) => {
        const query = from.selectFrom("rollouts").select(["id", "phase", "leader", "fence", "beat"]).where("fleet", "=", fleet);
        const rows = await query.where("phase", "not in", overPhases).orderBy("created_at").orderBy("id").execute();
        return rows.map(({ id, phase, leader, fence, beat }) => {
          return { id, phase: phase as RolloutPhase, fence, beat, ...(leader !== null && { leader }) };
        });
      }),
    change: (fleet, id, work, claim) => write((database) => change(database, fleet, id, work, claim)),
    claim: (fleet, { id, fence, beat }, leader) =>
      write(async (database) => {
        const rows = await database
          .updateTable("rollouts")
          .set({ leader, fence: fence + 1, beat: beat + 1 })
          .where("fleet", "=", fleet)
          .where("id", "=", id)
          .where("fence", "=", fence)
          .where("beat", "=", beat)
          .returning("fence")
          .execute();
        return rows[0] === undefined ? undefined : { leader, fence: rows[0].fence };
      }),
    release: (fleet, id, claim) =>
      write(async (database) => {
        const query = database.updateTable("rollouts").set({ leader: null }).where("fleet", "=", fleet).where("id", "=", id);
        await query.where("fence", "=", claim.fence).execute();
      }),
    told: (fleet, id, targets, claim) =>
      write(async (database) => {
        if ((await lock(database, fleet, id, claim)) === undefined) return;
        for (const { device, phase, version = null } of targets) {
          await sql`
            UPDATE rollout_targets SET told = 1 WHERE fleet = ${fleet} AND rollout = ${id} AND device = ${device}
              AND phase = ${phase} AND version IS NOT DISTINCT FROM ${version}`.execute(database);
        }
      }),
  };
}

/** The row of a rollout, for nobody else until the transaction ends. */
async function lock(
  database: Transaction<Tables>,
  fleet: string,
  id: string,
  claim: Claim | undefined,
): Promise<Selectable<Tables["rollouts"]> | undefined> {
  // A person's word is no beat of whoever leads.
  let query = database.updateTable("rollouts").set((eb) => ({ beat: eb("beat", "+", claim === undefined ? 0 : 1) }));
  if (claim !== undefined) query = query.where("fence", "=", claim.fence);
  return query.where("fleet", "=", fleet).where("id", "=", id).returningAll().executeTakeFirst();
}

async function change(
  database: Transaction<Tables>,
  fleet: string,
  id: string,
  work: RolloutChange,
  claim: Claim | undefined,
): Promise<Rollout | undefined> {
  const row = await lock(database, fleet, id, claim);
  if (row === undefined) return undefined;
  const before = { ...headOf(row), targets: await readTargets(database, fleet, id) };
  const after = work(before, await readFacts(database, fleet, id));
  const opens = isOpen(after.phase);
  if (opens && !isOpen(before.phase)) await refuseTaken(database, fleet, id);
  if (after.phase !== before.phase || after.wave !== before.wave || after.history.length > before.history.length) {
    await database
      .updateTable("rollouts")
      .set({ phase: after.phase, wave: after.wave, history: JSON.stringify(after.history) })
      .where("fleet", "=", fleet)
      .where("id", "=", id)
      .execute();
  }
  if (opens !== isOpen(before.phase)) {
    const query = database
      .updateTable("rollout_targets")
      .set({ open: opens ? 1 : 0 })
      .where("fleet", "=", fleet);
    await query.where("rollout", "=", id).execute();
  }
  const was = new Map(before.targets.map((target) => [target.device, target]));
  for (const target of after.targets) {
    if (was.get(target.device) === target) continue;
    const { fleet: _, rollout: __, device, ...rest } = rowOf(fleet, id, target);
    const query = database.updateTable("rollout_targets").set(rest).where("fleet", "=", fleet);
    await query.where("rollout", "=", id).where("device", "=", device).execute();
  }
  return after;
}

/** @throws BadInputError when another rollout is open for one of these devices, or of those of the rollout itself */
async function refuseTaken(database: Transaction<Tables>, fleet: string, id: string, devices?: readonly string[]): Promise<void> {
  const own = database.selectFrom("rollout_targets").select("device").where("fleet", "=", fleet).where("rollout", "=", id);
  const query = database.selectFrom("rollout_targets").select(["device", "rollout"]).where("fleet", "=", fleet);
  const others = query.where("open", "=", 1).where("rollout", "!=", id);
  const taken = await others
    .where("device", "in", devices ?? own)
    .limit(1)
    .executeTakeFirst();
  if (taken !== undefined) throw new BadInputError(`Device ${taken.device} is in rollout ${taken.rollout}, which is open`);
}

async function readFacts(database: Transaction<Tables>, fleet: string, id: string): Promise<RolloutFacts> {
  const { rows } = await sql<{ device: string; reported: string | null; last_version: number | null }>`
    SELECT own.device, devices.reported, (
      SELECT max(version) FROM rollout_targets AS every WHERE every.fleet = ${fleet} AND every.device = own.device
    ) AS last_version
    FROM rollout_targets AS own LEFT JOIN devices ON devices.fleet = own.fleet AND devices.device = own.device
    WHERE own.fleet = ${fleet} AND own.rollout = ${id}`.execute(database);
  const known = new Map(rows.map((row) => [row.device, row]));
  // Only few of many are looked at in a step.
  const seen = (device: string): Seen => {
    const { reported = null, last_version: last = null } = known.get(device) ?? {};
    return { lastVersion: last ?? 0, ...(reported !== null && { reported: JSON.parse(reported) as Reported }) };
  };
  const query = database.selectFrom("parameter_sets").select("id").where("fleet", "=", fleet);
  const previous = database.selectFrom("rollout_targets").select("previous").where("fleet", "=", fleet).where("rollout", "=", id);
  const sets = new Set((await query.where("id", "in", previous).execute()).map((set) => set.id));
  return { seen, hasSet: (set) => sets.has(set) };
}

async function readTargets(from: Kysely<Tables>, fleet: string, id: string): Promise<Target[]> {
  const query = from.selectFrom("rollout_targets").selectAll().where("fleet", "=", fleet).where("rollout", "=", id);
  return (await query.orderBy("place").execute()).map(targetOf);
}

function headOf({ id, plan, phase, wave, history }: Selectable<Tables["rollouts"]>): Omit<Rollout, "targets"> {
  return {
    id,
    plan: JSON.parse(plan) as RolloutPlan,
    phase: phase as RolloutPhase,
    wave,
    history: JSON.parse(history) as RolloutEvent[],
  };
}

function targetOf(row: Selectable<Tables["rollout_targets"]>): Target {
  const { device, wave, set_id: set, version, sent_at: sentAt, previous, reason, detail } = row;
  return {
    device,
    wave,
    set,
    phase: row.phase as Target["phase"],
    aside: row.aside === 1,
    told: row.told === 1,
    ...(version !== null && { version }),
    ...(sentAt !== null && { sentAt }),
    ...(previous !== null && { previous }),
    ...(reason !== null && { reason }),
    ...(detail !== null && { detail }),
  };
}

function rowOf(fleet: string, rollout: string, target: Target): Omit<Insertable<Tables["rollout_targets"]>, "place" | "open"> {
  const { device, wave, set, phase, version = null, sentAt = null, previous = null, reason = null, detail = null } = target;
  const flags = { aside: target.aside ? 1 : 0, told: target.told ? 1 : 0 };
  const why = { reason: reason === null ? null : columnText(reason), detail: detail === null ? null : columnText(detail) };
  return { fleet, rollout, device, wave, set_id: set, phase, version, sent_at: sentAt, previous, ...why, ...flags };
}
