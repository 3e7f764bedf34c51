import { type Clock, Seconds } from "@ohmwork/core";
import { StoreFailedError } from "@ohmwork/runtime";
import {
  checkUpdate,
  decode,
  hashOfPorts,
  longestMessageBytes,
  openParameterSet,
  openUpdate,
  type OpenedUpdate,
  type ParameterSet,
  type Reported,
  sealParameterSet,
  type TrustedKeys,
  type UpdateContext,
} from "@ohmwork/wire";
import type { Device } from "./device.ts";
import { tryValues } from "./probation.ts";
import type { Outcome } from "./slots/ledger.ts";
import type { SlotStore } from "./slots/slot-store.ts";

export type UpdatesOptions = {
  readonly device: Device;
  readonly boot: string;
  readonly slots: SlotStore;
  /** Of those who may send updates. */
  readonly keys: TrustedKeys;
  readonly clock: Clock;
  readonly capabilities: readonly string[];
  readonly isClockSynchronised: () => boolean;
  /** How long measuring, programming and measuring again may take. @default 60 */
  readonly probationSeconds?: Seconds;
  readonly onReported: (reported: Reported) => void;
  readonly onTrouble: (message: string) => void;
};

/** The committed parameters of one device. All but `reported` use the system: one call at a time, and nobody else meanwhile. */
export interface Updates {
  /** Programs the committed set: wipers forget when the power goes. Ends an update that was cut off. */
  restore(): Promise<void>;
  /** Commits what was learned in place since. */
  keepLearned(): Promise<void>;
  /** Takes what `desired` holds, and acts on it if it may. Never throws for the sake of what came. */
  take(payload: Uint8Array, signal?: AbortSignal): Promise<void>;
  reported(): Reported;
}

/** Longest line and word of `reported`. */
const longestDetail = 1000;
const longestReason = 200;

export async function createUpdates(options: UpdatesOptions): Promise<Updates> {
  const { device, boot, slots, keys, clock, onReported, onTrouble, probationSeconds = Seconds(60) } = options;
  const { system, task } = device;
  const portsHash = await hashOfPorts(system.ports);
  /** Of the committed set, while nothing was learned since. */
  let committedRevision: number | undefined;
  /** Whether the wipers may hold values that nobody judged: those are nothing that was learned. */
  let inDoubt = false;
  let signedAt = clock.monotonic();
  let last: Partial<Reported> & Pick<Reported, "state"> = slots.ledger().outcome ?? { state: "none" };

  const reported = (): Reported => {
    const active = slots.active();
    return {
      ...last,
      boot,
      ...(active !== undefined && { current: { sha256: active.id, origin: active.origin } }),
      trusted: slots.ledger().trusted?.number ?? 0,
    };
  };
  const report = (state: typeof last): void => {
    last = state;
    onReported(reported());
  };
  const refuse = (reason: string, detail: string, update?: OpenedUpdate["update"]): void =>
    report({ ...(update !== undefined && whichOf(update)), state: "refused", reason, detail: detail.slice(0, longestDetail) });

  const context = (): UpdateContext => {
    const { trusted, lastSignedAt } = slots.ledger();
    const current = slots.active()?.id;
    return {
      fleet: device.fleet,
      device: device.id,
      groups: device.groups ?? [],
      ports: system.ports,
      portsHash,
      capabilities: options.capabilities,
      now: Math.floor(clock.now()),
      clockSynchronised: options.isClockSynchronised(),
      lastSignedAt,
      sinceLastSigned: Math.floor((clock.monotonic() - signedAt) * 1000),
      ...(current !== undefined && { current }),
      ...(trusted !== undefined && { trusted }),
    };
  };

  /** What the disk holds is what counts. */
  const endDoubt = async (): Promise<void> => {
    const active = slots.active();
    const opened = active === undefined ? undefined : await openParameterSet(active.bytes);
    if (opened?.ok !== true) return;
    committedRevision = await system.program(opened.value.set.values);
    inDoubt = false;
  };

  /** @throws StoreFailedError when the disk refuses */
  const commitLearned = async (): Promise<void> => {
    if (inDoubt) return endDoubt();
    const { revision, values } = await system.parameters();
    if (revision === committedRevision) return;
    const parent = slots.active()?.id;
    const set: ParameterSet = {
      ...(parent !== undefined && { parent }),
      values,
      encoding: "volts",
      classes: task.classNames ?? [],
      ports: portsHash,
      twins: {},
      origin: "local",
      madeAt: Math.floor(clock.now()),
    };
    slots.commitLocal(await sealParameterSet(set));
    committedRevision = revision;
  };

  const keepLearned = async (): Promise<void> => {
    try {
      await commitLearned();
    } catch (error) {
      if (!(error instanceof StoreFailedError)) throw error;
      onTrouble(`${error.message}: what was learned is not kept`);
    }
  };

  /** Staged on the disk already: whatever happens now, it is settled one way or the other. */
  const tryOut = async ({ update, set }: OpenedUpdate, signal: AbortSignal | undefined): Promise<void> => {
    const which = whichOf(update);
    report({ ...which, state: "programming" });
    inDoubt = true;
    const verdict = await tryValues(device, set.values, {
      clock,
      limit: probationSeconds,
      onProbation: () => report({ ...which, state: "probation" }),
      ...(signal !== undefined && { signal }),
    });
    const { reason, detail } = { reason: undefined, detail: undefined, ...verdict };
    const outcome = {
      ...which,
      ...verdict,
      ...(reason !== undefined && { reason: reason.slice(0, longestReason) }),
      ...(detail !== undefined && { detail: detail.slice(0, longestDetail) }),
    };
    committedRevision = (await system.parameters()).revision;
    slots.settle(outcome);
    inDoubt = false;
    report(outcome);
  };

  return {
    restore: async () => {
      const { candidate } = slots.ledger();
      if (candidate !== undefined) {
        const detail = "The agent ended before it knew whether the update was good";
        const outcome: Outcome = { ...candidate, state: "rolled-back", reason: "interrupted", detail };
        last = outcome;
        try {
          slots.settle(outcome);
        } catch (error) {
          if (!(error instanceof StoreFailedError)) throw error;
          onTrouble(`${error.message}: that an update is undone will be written at the next start`);
        }
      }
      committedRevision = (await system.parameters()).revision; // what nobody has taught is not worth keeping
      const active = slots.active();
      if (active === undefined) return;
      const opened = await openParameterSet(active.bytes);
      if (opened.ok && opened.value.set.ports === portsHash) {
        committedRevision = await system.program(opened.value.set.values);
      } else onTrouble(`The committed parameters are not used: ${opened.ok ? "they are for other ports" : opened.detail}`);
    },
    keepLearned,
    take: async (payload, signal) => {
      if (payload.length === 0) return; // nothing is desired any more
      const signed = decode("desired", payload, longestMessageBytes);
      if (!signed.ok) return refuse(signed.reason, signed.detail);
      const opened = await openUpdate(signed.value, keys);
      if (!opened.ok) return refuse(opened.reason, opened.detail);
      const { update, setId } = opened.value;
      try {
        await commitLearned(); // so that an update which does not know of it is refused
        const verdict = checkUpdate(opened.value, context());
        if (verdict.verdict === "known") return report(slots.ledger().outcome ?? last);
        if (verdict.verdict === "refused") return refuse(verdict.reason, verdict.detail, update);
        const { trusted, lastSignedAt } = verdict;
        const isLatest = lastSignedAt > slots.ledger().lastSignedAt;
        slots.stage({ ...whichOf(update), set: { id: setId, bytes: update.set }, trusted, lastSignedAt });
        if (isLatest) signedAt = clock.monotonic();
        await tryOut(opened.value, signal);
      } catch (error) {
        refuse(error instanceof StoreFailedError ? error.code : "failed", (error as Error).message, update);
        onTrouble(`Update ${update.version} failed: ${(error as Error).message}`);
        if (inDoubt) await endDoubt().catch((again: Error) => onTrouble(`Nor could it be undone: ${again.message}`));
      }
    },
    reported,
  };
}

const whichOf = ({ version, rollout }: OpenedUpdate["update"]): { version: number; rollout?: string } => ({
  version,
  ...(rollout !== undefined && { rollout }),
});
