import { BadInputError } from "@ohmwork/core";
import type { Rollout, RolloutPhase, Target } from "./rollout.ts";
import { openNext, stopRollout } from "./step-rollout.ts";

export const rolloutCommands = ["approve", "stop", "resume", "rollback"] as const;

/** What a person says about a rollout. */
export type RolloutCommand = {
  readonly what: (typeof rolloutCommands)[number];
  readonly by: string;
  /** Wall-clock time [ms since 1970]. */
  readonly at: number;
  readonly why?: string;
  /** Of `resume`: whether those that failed are sent it again. */
  readonly retry?: boolean;
};

const allowed: Readonly<Record<RolloutCommand["what"], readonly RolloutPhase[]>> = {
  approve: ["awaiting"],
  stop: ["running", "awaiting"],
  resume: ["stopped"],
  rollback: ["running", "awaiting", "stopped", "done"],
};

/**
 * What becomes of a rollout when a person says something.
 *
 * @throws BadInputError when it is not in a phase in which that can be said
 */
export function commandRollout(rollout: Rollout, command: RolloutCommand): Rollout {
  const { what, by, at, why, retry = false } = command;
  if (!allowed[what].includes(rollout.phase)) {
    throw new BadInputError(
      `Rollout ${rollout.id} is ${rollout.phase}: ${what} is for one that is ${allowed[what].join(" or ")}`,
    );
  }
  if (what === "stop") return stopRollout(rollout, at, by, why ?? "Asked for");
  const event = { at, by, what, ...(why !== undefined && { detail: why }) };
  const said = { ...rollout, history: [...rollout.history, event] };
  switch (what) {
    case "approve":
      return openNext(said, at, by);
    case "resume":
      return { ...said, phase: "running", targets: said.targets.map((target) => resumed(target, retry)) };
    case "rollback":
      return { ...said, phase: "returning", targets: said.targets.map(takenBack) };
    default:
      return what satisfies never;
  }
}

function resumed(target: Target, retry: boolean): Target {
  if (target.phase !== "withdrawn" && target.phase !== "failed") return target;
  if (target.phase === "failed" && !retry) return { ...target, aside: true };
  const { reason: _, detail: __, ...rest } = target;
  return { ...rest, phase: "waiting", aside: false };
}

const takenBack = (target: Target): Target => (target.phase === "sent" ? { ...target, phase: "withdrawn", told: false } : target);
