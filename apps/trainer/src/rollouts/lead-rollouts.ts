import { type Clock, OhmworkError, Seconds } from "@ohmwork/core";
import { type MqttConnection, systemClock } from "@ohmwork/runtime";
import { messages, type Signer, topicOf } from "@ohmwork/wire";
import type { TrainerStore } from "../store/store.ts";
import type { Rollout, RolloutEvent, RolloutPhase, Target } from "./rollout.ts";
import type { Claim, Leadership, RolloutChange } from "./rollout-store.ts";
import { rolloutUpdate } from "./rollout-update.ts";
import { stepRollout } from "./step-rollout.ts";

export type LeadRolloutsOptions = {
  readonly fleet: string;
  /** Of this trainer. */
  readonly id: string;
  readonly store: TrainerStore;
  readonly connection: MqttConnection;
  /** In whose name updates are signed. */
  readonly signer: Signer;
  /** @default systemClock */
  readonly clock?: Clock;
  /** What a rollout did by itself. */
  readonly onRollout?: (rollout: string, event: RolloutEvent) => void;
  readonly onTrouble?: (message: string) => void;
};

/** Leads the rollouts of a fleet that no other trainer leads. */
export interface RolloutLeader extends AsyncDisposable {
  start(): void;
  /** Something was said, by a device or a person: looks at once. */
  wake(): void;
  /** Leaves the lead to others. */
  stop(): Promise<void>;
}

/** Between two looks while nothing is said. */
const lookSeconds = Seconds(1);
/** Between two looks at a rollout in which nobody is in flight. */
const restSeconds = Seconds(5);
/** A leader that has done nothing for so long is taken to be gone. */
const takeoverSeconds = Seconds(15);

const isInFlight = ({ phase }: Target): boolean => phase === "sent" || phase === "returning";

export function leadRollouts(options: LeadRolloutsOptions): RolloutLeader {
  const { fleet, id, store, connection, clock = systemClock, onTrouble = () => undefined } = options;
  const stopping = new AbortController();
  const claims = new Map<string, Claim>();
  /** Leaders besides this one, and since when they were seen to do nothing [s, monotonic]. */
  const others = new Map<string, { readonly seen: Leadership; readonly since: number }>();
  /** Until when [s, monotonic] a rollout need not be looked at, unless its phase is another one or somebody says something. */
  const resting = new Map<string, { readonly phase: RolloutPhase; readonly until: number }>();
  /** What was published since the broker was reached; one that came back may have lost it. */
  const published = new Set<string>();
  let waking = new AbortController();
  let woken = 0;
  let running: Promise<void> | undefined;
  let lastTrouble: string | undefined;

  const claimOf = async (seen: Leadership): Promise<Claim | undefined> => {
    const own = claims.get(seen.id);
    if (own?.fence === seen.fence) return own;
    claims.delete(seen.id);
    if (seen.leader !== undefined && seen.leader !== id && !isGone(seen)) return undefined;
    const claim = await store.rollouts.claim(fleet, seen, id);
    if (claim !== undefined) claims.set(seen.id, claim);
    return claim;
  };
  /** By the monotonic clock of the one who looks: those of two machines need not agree. */
  const isGone = (seen: Leadership): boolean => {
    const before = others.get(seen.id);
    const now = clock.monotonic();
    if (before?.seen.beat === seen.beat && before.seen.fence === seen.fence) return now - before.since >= takeoverSeconds;
    others.set(seen.id, { seen, since: now });
    return false;
  };

  /** Looks at every rollout, whatever is the matter with another one. */
  const look = async (): Promise<void> => {
    const failures: OhmworkError[] = [];
    for (const seen of await store.rollouts.led(fleet)) {
      const rest = resting.get(seen.id);
      if (rest?.phase === seen.phase && clock.monotonic() < rest.until) continue;
      await lead(seen).catch((error: unknown) => {
        if (!(error instanceof OhmworkError)) throw error;
        failures.push(error);
      });
    }
    if (failures[0] !== undefined) throw failures[0];
  };

  const lead = async (seen: Leadership): Promise<void> => {
    const wokenBefore = woken;
    const claim = await claimOf(seen);
    if (claim === undefined) return;
    const at = Math.floor(clock.now());
    const begun = clock.monotonic();
    let said = 0;
    const step: RolloutChange = (before, facts) => {
      said = before.history.length;
      return stepRollout(before, { at, ...facts });
    };
    const rollout = await store.rollouts.change(fleet, seen.id, step, claim);
    if (rollout === undefined) return void claims.delete(seen.id);
    for (const event of rollout.history.slice(said)) options.onRollout?.(seen.id, event);
    const isTold = await tell(rollout, claim, begun);
    // What was said meanwhile may not have been looked at.
    if (!isTold || rollout.targets.some(isInFlight) || woken !== wokenBefore) return undefined;
    const { phase } = rollout;
    const until = phase === "stopped" ? Number.POSITIVE_INFINITY : clock.monotonic() + restSeconds;
    resting.set(seen.id, { phase, until });
    return undefined;
  };

  /** Publishes what is to be heard, as long as nobody else can have taken the lead since the step began; true when nothing is left. */
  const tell = async (rollout: Rollout, claim: Claim, begun: number): Promise<boolean> => {
    const keyOf = ({ device, version, phase }: Target): string => `${rollout.id}/${device}/${version}/${phase}`;
    const due = rollout.targets.filter((target) => !target.told || (isInFlight(target) && !published.has(keyOf(target))));
    const publish = async (target: Target): Promise<boolean> => {
      const payload = isInFlight(target) ? await rolloutUpdate({ ...options }, rollout, target) : new Uint8Array();
      const topic = topicOf({ kind: "desired", fleet, device: target.device });
      // The store refuses who was held up for so long; the broker would not.
      if (clock.monotonic() - begun >= takeoverSeconds) return false;
      const isOut = await connection.publish(topic, payload, messages.desired);
      if (isOut) published.add(keyOf(target));
      return isOut;
    };
    const out = await Promise.allSettled(due.map(publish));
    const isOut = (i: number): boolean => out[i]?.status === "fulfilled" && out[i].value;
    const fresh = due.filter((target, i) => isOut(i) && !target.told);
    if (fresh.length > 0) await store.rollouts.told(fleet, rollout.id, fresh, claim);
    for (const one of out) if (one.status === "rejected") throw one.reason;
    return due.every((_, i) => isOut(i));
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      waking = new AbortController();
      try {
        await look();
        lastTrouble = undefined;
      } catch (error) {
        if (!(error instanceof OhmworkError)) throw error;
        if (lastTrouble !== error.message) onTrouble(`Rollouts wait: ${error.message}`);
        lastTrouble = error.message;
      }
      await clock.sleep(lookSeconds, AbortSignal.any([stopping.signal, waking.signal])).catch(() => undefined);
    }
    for (const [rollout, claim] of claims) await store.rollouts.release(fleet, rollout, claim).catch(() => undefined);
  };

  const stop = async (): Promise<void> => {
    stopping.abort();
    await running;
  };
  return {
    start: () => {
      connection.onConnect(() => published.clear());
      running ??= run();
    },
    wake: () => {
      woken += 1;
      resting.clear();
      waking.abort();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
