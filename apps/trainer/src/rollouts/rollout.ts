/** Size of a wave: so many devices, or a share of all targets. */
export type Wave = { readonly devices: number } | { readonly share: number };

/** What an update rests on. */
export type Evidence = { readonly run?: string; readonly samples: number; readonly score?: number };

/** How a rollout goes on; docs/rollouts.md describes each key. */
export type RolloutPlan = {
  /** Each one after the one before; who is left makes a last wave. */
  readonly waves: readonly Wave[];
  /** Of a wave must be good before the next one opens [0 to 1]. */
  readonly successShare: number;
  /** When more of a wave than that fail, the rollout stops [0 to 1]. */
  readonly errorShare: number;
  /** Most devices that have an update and have not answered. */
  readonly inFlight: number;
  /** Whether each wave but the first waits for a person. */
  readonly approval: boolean;
  readonly timeoutSeconds: number;
  /** Whether what devices learned in place may be lost. */
  readonly discardLocal: boolean;
  readonly evidence: Evidence;
};

export type RolloutPhase = "running" | "awaiting" | "stopped" | "done" | "returning" | "returned";

/**
 * `withdrawn`: the rollout stopped before it answered. `returning`: it is sent what it had before; then `returned`, or `kept` where that
 * was not possible.
 */
export type TargetPhase = "waiting" | "sent" | "good" | "failed" | "withdrawn" | "returning" | "returned" | "kept";

/** One device of a rollout. */
export type Target = {
  readonly device: string;
  /** Place of its wave, from 0. */
  readonly wave: number;
  /** Id of the parameter set it is to have. */
  readonly set: string;
  readonly phase: TargetPhase;
  /** Of the last update that was meant for it; it was exposed to the rollout then, or may have been. */
  readonly version?: number;
  /** When that update was signed [ms since 1970]. */
  readonly sentAt?: number;
  /** Id of the set it had before. */
  readonly previous?: string;
  /** Why, in one word and in one line. */
  readonly reason?: string;
  readonly detail?: string;
  /** Failed before the rollout was resumed, and counts for neither share any more. */
  readonly aside: boolean;
  /** Whether the broker has what the device is to hear now. */
  readonly told: boolean;
};

/** One thing that happened to a whole rollout. */
export type RolloutEvent = { readonly at: number; readonly by: string; readonly what: string; readonly detail?: string };

export type Rollout = {
  readonly id: string;
  readonly plan: RolloutPlan;
  readonly phase: RolloutPhase;
  /** Newest wave that was opened, from 0. */
  readonly wave: number;
  /** In the order in which they get their updates. */
  readonly targets: readonly Target[];
  readonly history: readonly RolloutEvent[];
};

/** Who does what a rollout does by itself. */
export const itself = "trainer";

/** Devices of each wave: at least one in each, as long as there are any. @throws RangeError when there is no target */
export function waveSizes(targets: number, waves: readonly Wave[]): number[] {
  if (targets < 1) throw new RangeError("A rollout needs a target");
  const sizes: number[] = [];
  let left = targets;
  for (const wave of waves) {
    if (left === 0) break;
    const wanted = "devices" in wave ? wave.devices : Math.round(wave.share * targets);
    const size = Math.min(left, Math.max(1, wanted));
    sizes.push(size);
    left -= size;
  }
  return left === 0 ? sizes : [...sizes, left];
}

/** A rollout that has just begun: its first wave is open. @throws RangeError when there is no target */
export function beginRollout(
  id: string,
  plan: RolloutPlan,
  targets: readonly { readonly device: string; readonly set: string }[],
  { at, by }: { readonly at: number; readonly by: string },
): Rollout {
  const waveOf = waveSizes(targets.length, plan.waves).flatMap((size, wave) => Array.from({ length: size }, () => wave));
  return {
    id,
    plan,
    phase: "running",
    wave: 0,
    targets: targets.map(({ device, set }, i) => {
      return { device, set, wave: waveOf[i] ?? 0, phase: "waiting", aside: false, told: true };
    }),
    history: [{ at, by, what: "started", detail: `${targets.length} devices in ${(waveOf.at(-1) ?? 0) + 1} waves` }],
  };
}
