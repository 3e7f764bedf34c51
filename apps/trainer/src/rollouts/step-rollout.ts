import type { Reported } from "@ohmwork/wire";
import { itself, type Rollout, type Target, type TargetPhase } from "./rollout.ts";

/** What is known of a device besides its rollout. */
export type Seen = {
  /** What it said last. */
  readonly reported?: Reported;
  /** Greatest version that any rollout gave it; 0 when none did. */
  readonly lastVersion: number;
};

/** What a step rests on. */
export type RolloutMoment = {
  /** Wall-clock time [ms since 1970]. */
  readonly at: number;
  readonly seen: (device: string) => Seen;
  /** Whether a parameter set can be sent. */
  readonly hasSet: (id: string) => boolean;
};

/** Sums of shares are not exact. */
const epsilon = 1e-9;

/**
 * Takes a rollout as far as what was said and the time allow. The same arguments give the same rollout; targets that did not change stay
 * the same objects. Whoever calls it keeps what it gives, then tells each device that is not `told` what it is to hear.
 */
export function stepRollout(rollout: Rollout, moment: RolloutMoment): Rollout {
  if (rollout.phase === "done" || rollout.phase === "returned") return rollout;
  const heard = { ...rollout, targets: rollout.targets.map((target) => hear(target, rollout, moment)) };
  if (rollout.phase === "returning") return goBack(heard, moment);
  return rollout.phase === "stopped" ? heard : send(judge(heard, moment.at), moment);
}

/** A rollout that stops: what was not answered is taken back. */
export function stopRollout(rollout: Rollout, at: number, by: string, detail: string): Rollout {
  return {
    ...rollout,
    phase: "stopped",
    targets: rollout.targets.map((target) => (isInFlight(target) ? { ...become(target, "withdrawn"), told: false } : target)),
    history: [...rollout.history, { at, by, what: "stopped", detail }],
  };
}

const isInFlight = ({ phase }: Target): boolean => phase === "sent" || phase === "returning";

function become(target: Target, phase: TargetPhase, reason?: string, detail?: string): Target {
  const { reason: _, detail: __, ...rest } = target;
  return { ...rest, phase, ...(reason !== undefined && { reason }), ...(detail !== undefined && { detail }) };
}

/** An answer to the last update of a target, if there is one. */
function answerOf({ version }: Target, rollout: string, reported: Reported | undefined): "good" | [string, string] | undefined {
  if (version === undefined || reported === undefined) return undefined;
  const { state, reason = state, detail = "" } = reported;
  if (reported.version === version && reported.rollout === rollout) {
    if (state === "good") return "good";
    return state === "rolled-back" || state === "refused" ? [reason, detail] : undefined;
  }
  if (reported.trusted <= version) return undefined;
  return ["overtaken", `It trusts version ${reported.trusted} now, and was sent ${version}`];
}

const silent = "no-answer";

function hear(target: Target, { id, plan }: Rollout, { at, seen }: RolloutMoment): Target {
  const { phase, reason, sentAt = at } = target;
  const isReturn = phase === "returning" || phase === "kept";
  if (!isInFlight(target) && phase !== "withdrawn" && reason !== silent) return target;
  const { reported } = seen(target.device);
  const answer = answerOf(target, id, reported);
  if (answer === "good") return { ...become(target, isReturn ? "returned" : "good"), told: true };
  if (answer !== undefined) return { ...become(target, isReturn ? "kept" : "failed", ...answer), told: true };
  if (!isInFlight(target) || at < sentAt + plan.timeoutSeconds * 1000) return target;
  const last =
    reported === undefined ? "nothing" : [reported.state, reported.reason].filter((word) => word !== undefined).join(", ");
  const detail = `Nothing came within ${plan.timeoutSeconds} s; what it said last: ${last}`;
  return { ...become(target, isReturn ? "kept" : "failed", silent, detail), told: false };
}

/** How a wave stands; `counted` leaves out those that were set aside. */
function tally(
  { targets }: Rollout,
  wave: number,
): { size: number; counted: number; good: number; failed: number; open: number } {
  const all = targets.filter((target) => target.wave === wave);
  const counted = all.filter(({ aside }) => !aside);
  const count = (...phases: TargetPhase[]): number => counted.filter(({ phase }) => phases.includes(phase)).length;
  return {
    size: all.length,
    counted: counted.length,
    good: count("good"),
    failed: count("failed"),
    open: count("waiting", "sent"),
  };
}

/** Stops, opens waves or ends. */
function judge(rollout: Rollout, at: number): Rollout {
  const { successShare, errorShare, approval } = rollout.plan;
  for (let wave = 0; wave <= rollout.wave; wave += 1) {
    const { size, failed } = tally(rollout, wave);
    if (failed <= errorShare * size + epsilon) continue;
    return stopRollout(rollout, at, itself, `${failed} of ${size} devices of wave ${wave + 1} failed`);
  }
  if (rollout.phase === "awaiting") return rollout;
  const { counted, good, open } = tally(rollout, rollout.wave);
  const isLast = rollout.wave === rollout.targets.at(-1)?.wave;
  if (good >= successShare * counted - epsilon) {
    if (isLast) return rollout.targets.some(isOpen) ? rollout : end(rollout, at, "done");
    if (approval)
      return say({ ...rollout, phase: "awaiting" }, at, "awaiting", `Wave ${rollout.wave + 1}: ${good} of ${counted} good`);
    return judge(openNext(rollout, at, itself), at);
  }
  if (open > 0) return rollout;
  return stopRollout(rollout, at, itself, `Only ${good} of ${counted} devices of wave ${rollout.wave + 1} are good`);
}

/** A rollout whose next wave is open. */
export function openNext(rollout: Rollout, at: number, by: string): Rollout {
  const wave = rollout.wave + 1;
  return say({ ...rollout, phase: "running", wave }, at, "opened", `Wave ${wave + 1}: ${tally(rollout, wave).size} devices`, by);
}

const isOpen = ({ phase }: Target): boolean => phase === "waiting" || phase === "sent";
const say = (rollout: Rollout, at: number, what: string, detail: string, by: string = itself): Rollout => {
  return { ...rollout, history: [...rollout.history, { at, by, what, detail }] };
};

function end(rollout: Rollout, at: number, phase: "done" | "returned"): Rollout {
  const counts = new Map<TargetPhase, number>();
  for (const target of rollout.targets) counts.set(target.phase, (counts.get(target.phase) ?? 0) + 1);
  return say({ ...rollout, phase }, at, phase, [...counts].map(([of, count]) => `${count} ${of}`).join(", "));
}

/** Gives updates to whoever waits in an open wave, as many as may be in flight. */
function send(rollout: Rollout, moment: RolloutMoment): Rollout {
  if (rollout.phase !== "running" && rollout.phase !== "awaiting") return rollout;
  let room = rollout.plan.inFlight - rollout.targets.filter(isInFlight).length;
  const targets = rollout.targets.map((target) => {
    if (target.phase !== "waiting" || target.wave > rollout.wave || room <= 0) return target;
    if (moment.seen(target.device).reported?.current?.sha256 === target.set) return become(target, "good", "had-it");
    room -= 1;
    return dispatch(target, "sent", moment);
  });
  return { ...rollout, targets };
}

function dispatch(target: Target, phase: "sent" | "returning", { at, seen }: RolloutMoment): Target {
  const { reported, lastVersion } = seen(target.device);
  const version = Math.max(lastVersion, reported?.trusted ?? 0, target.version ?? 0) + 1;
  const previous = reported?.current?.sha256 ?? target.previous;
  return {
    ...become(target, phase),
    version,
    sentAt: at,
    told: false,
    ...(phase === "sent" && previous !== undefined && { previous }),
  };
}

/** Gives back what they had to all that took their set. */
function goBack(rollout: Rollout, moment: RolloutMoment): Rollout {
  const { plan } = rollout;
  let room = plan.inFlight - rollout.targets.filter(isInFlight).length;
  const targets = rollout.targets.map((target) => {
    if (target.phase !== "good" || target.version === undefined) return target;
    const obstacle = obstacleTo(target, moment);
    if (obstacle !== undefined) return become(target, "kept", ...obstacle);
    if (room <= 0) return target;
    room -= 1;
    return dispatch(target, "returning", moment);
  });
  const mayAnswer = ({ phase, sentAt = 0 }: Target): boolean =>
    phase === "withdrawn" && moment.at < sentAt + plan.timeoutSeconds * 1000;
  const isUnfinished = (target: Target): boolean =>
    target.phase === "returning" || mayAnswer(target) || (target.phase === "good" && target.version !== undefined);
  const back = { ...rollout, targets };
  return targets.some(isUnfinished) ? back : end(back, moment.at, "returned");
}

function obstacleTo({ device, previous, set }: Target, { seen, hasSet }: RolloutMoment): [string, string] | undefined {
  const current = seen(device).reported?.current?.sha256;
  if (current !== undefined && current !== set) return ["changed-since", "It has another set than the one it was sent"];
  if (previous === undefined) return ["no-earlier-set", "It had no set before"];
  return hasSet(previous) ? undefined : ["unknown-set", `The set it had before, ${previous.slice(0, 12)}, is not in the store`];
}
