import { type Clock, Seconds } from "@ohmwork/core";
import { StoreFailedError } from "@ohmwork/runtime";
import {
  checkUpdate,
  decode,
  hashOfPorts,
  longestMessageBytes,
  openUpdate,
  type OpenedUpdate,
  type Reported,
  type TrustedKeys,
  type UpdateContext,
} from "@ohmwork/wire";
import type { Committed } from "./committed.ts";
import type { Device } from "./device.ts";
import { tryValues } from "./probation.ts";
import type { Outcome } from "./slots/ledger.ts";
import type { SlotStore } from "./slots/slot-store.ts";
import type { Trust } from "./trust.ts";

export type UpdatesOptions = {
  readonly device: Device;
  readonly boot: string;
  readonly slots: SlotStore;
  readonly committed: Committed;
  readonly trust: Trust;
  /** Of those who may send updates. */
  readonly keys: TrustedKeys;
  readonly clock: Clock;
  readonly capabilities: readonly string[];
  /** How long measuring, programming and measuring again may take. @default 60 */
  readonly probationSeconds?: Seconds;
  readonly onReported: (reported: Reported) => void;
  readonly onTrouble: (message: string) => void;
};

/** Updates of one device's parameters. All but `reported` use the system: one call at a time, and nobody else meanwhile. */
export interface Updates {
  /** Ends an update that was cut off, and programs the committed set. */
  restore(): Promise<void>;
  /** Takes what `desired` holds, and acts on it if it may. Never throws for the sake of what came. */
  take(payload: Uint8Array, signal?: AbortSignal): Promise<void>;
  reported(): Reported;
}

/** Longest line and word of `reported`. */
const longestDetail = 1000;
const longestReason = 200;

export async function createUpdates(options: UpdatesOptions): Promise<Updates> {
  const { device, boot, slots, committed, trust, keys, clock, onReported, onTrouble } = options;
  const { probationSeconds = Seconds(60) } = options;
  const { ports } = device.system;
  const portsHash = await hashOfPorts(ports);
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
    const { trusted } = slots.ledger();
    const current = slots.active()?.id;
    return {
      ...trust.moment(),
      fleet: device.fleet,
      device: device.id,
      groups: device.groups ?? [],
      ports,
      portsHash,
      capabilities: options.capabilities,
      ...(current !== undefined && { current }),
      ...(trusted !== undefined && { trusted }),
    };
  };

  /** Staged on the disk already: whatever happens now, it is settled one way or the other. */
  const tryOut = async ({ update, set }: OpenedUpdate, signal: AbortSignal | undefined): Promise<void> => {
    const which = whichOf(update);
    report({ ...which, state: "programming" });
    const old = await committed.values();
    committed.doubt();
    const verdict = await tryValues(
      device,
      { old, fresh: set.values },
      {
        clock,
        limit: probationSeconds,
        onProbation: () => report({ ...which, state: "probation" }),
        ...(signal !== undefined && { signal }),
      },
    );
    const { reason, detail } = { reason: undefined, detail: undefined, ...verdict };
    const outcome = {
      ...which,
      ...verdict,
      ...(reason !== undefined && { reason: reason.slice(0, longestReason) }),
      ...(detail !== undefined && { detail: detail.slice(0, longestDetail) }),
    };
    const revision = await committed.revision();
    slots.settle(outcome);
    committed.settled(revision);
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
      await committed.restore();
    },
    take: async (payload, signal) => {
      if (payload.length === 0) return; // nothing is desired any more
      const signed = decode("desired", payload, longestMessageBytes);
      if (!signed.ok) return refuse(signed.reason, signed.detail);
      const opened = await openUpdate(signed.value, keys);
      if (!opened.ok) return refuse(opened.reason, opened.detail);
      const { update, setId } = opened.value;
      try {
        await committed.commitLearned(); // so that an update which does not know of it is refused
        const verdict = checkUpdate(opened.value, context());
        if (verdict.verdict === "known") return report(slots.ledger().outcome ?? last);
        if (verdict.verdict === "refused") return refuse(verdict.reason, verdict.detail, update);
        const { trusted, lastSignedAt } = verdict;
        slots.stage({ ...whichOf(update), set: { id: setId, bytes: update.set }, trusted, lastSignedAt });
        trust.heard();
        await tryOut(opened.value, signal);
      } catch (error) {
        refuse(error instanceof StoreFailedError ? error.code : "failed", (error as Error).message, update);
        onTrouble(`Update ${update.version} failed: ${(error as Error).message}`);
        await committed.endDoubt().catch((again: Error) => onTrouble(`Nor could it be undone: ${again.message}`));
      }
    },
    reported,
  };
}

const whichOf = ({ version, rollout }: OpenedUpdate["update"]): { version: number; rollout?: string } => ({
  version,
  ...(rollout !== undefined && { rollout }),
});
