import { type Clock, OhmworkError, Seconds } from "@ohmwork/core";
import { z } from "zod";
import { rolloutSchema, type ShownRollout } from "../commands/rollout/shown-rollout.ts";
import { runSchema, type ShownRun } from "../commands/run/shown-run.ts";
import type { TrainerClient } from "../trainer-client.ts";
import { devicesOf, type Driven } from "./driven.ts";

/** How a retraining goes. */
export type RetrainStep =
  | { readonly kind: "transfer" | "retrain"; readonly run: ShownRun }
  | { readonly kind: "rollout"; readonly rollout: ShownRollout };

/** What became of devices that were retrained; accuracies are shares of right answers on the test rows. */
export type Retrained = {
  readonly task: string;
  readonly system: string;
  readonly devices: readonly string[];
  readonly simulated: true;
  readonly gapScale: number;
  readonly testRows: number;
  /** Of what was trained on the twins: there, and on the devices. */
  readonly twinAccuracy: number;
  readonly accuracyBefore: number;
  /** Of what was trained through the devices, there. */
  readonly accuracyAfter: number;
  /** Rows that devices measured for it: what is measured of several stages at once counts once. */
  readonly rowsMeasured: number;
  readonly run: string;
  readonly rollout: string;
  /** Id of the set that each device has now. */
  readonly sets: Readonly<Record<string, string>>;
};

type RunOutcome = NonNullable<ShownRun["result"]>;

/** Pause between two looks [s]. */
const lookSeconds = Seconds(0.25);
const devicesSchema = z.object({ devices: z.array(z.looseObject({ device: z.string(), online: z.boolean() })) });
const resultSchema = z.object({ counts: z.object({ deviceEvaluations: z.number() }) });

/**
 * Asks a trainer, over HTTP, for all that a person would ask it for: a training on the twins that is measured on the devices, one
 * through the devices, and a rollout in one wave of what that came to.
 *
 * @throws RetrainingError when a run fails or the rollout stops
 * @throws AbortedError when the signal fires
 */
export async function retrain(
  driven: Driven,
  options: {
    readonly trainer: TrainerClient;
    readonly seed: number;
    readonly clock: Clock;
    readonly onStep: (step: RetrainStep) => void;
  },
  signal: AbortSignal,
): Promise<Retrained> {
  const { task, system, devices, epochs, gapScale } = driven;
  const { trainer, seed, clock, onStep } = options;
  const names = devicesOf(driven);

  const until = async <T>(look: () => Promise<T | undefined>): Promise<T> => {
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      await clock.sleep(lookSeconds, signal);
    }
  };
  const train = async (kind: "transfer" | "retrain", rule: string): Promise<{ id: string; result: RunOutcome }> => {
    const asked = { task, system, rule, seed, epochs, devices };
    const { runs } = await trainer.post("/v1/runs", asked, z.object({ runs: z.array(runSchema).length(1) }));
    const { id } = runs[0] as ShownRun;
    const result = await until(async () => {
      const { run } = await trainer.get(`/v1/runs/${id}`, z.object({ run: runSchema }));
      onStep({ kind, run });
      if (["failed", "cancelled"].includes(run.state))
        throw new RetrainingError(`Run ${id} is ${run.state}: ${run.reason ?? "asked for"}`, { id });
      return run.state === "done" ? run.result : undefined;
    });
    return { id, result };
  };

  await until(async () => {
    const known = await trainer.get("/v1/devices", devicesSchema);
    const online = new Set(known.devices.filter((one) => one.online).map(({ device }) => device));
    return names.every((name) => online.has(name)) ? true : undefined;
  });
  const { result: before } = await train("transfer", "in-silico-then-transfer");
  const { id: run, result: after } = await train("retrain", driven.rule);
  const targets = after.parameters.map(({ device, sha256 }) => ({ device, set: sha256 }));
  const evidence = { run, samples: after.testRows, score: after.deviceAccuracy };
  const plan = { targets, waves: [{ devices: targets.length }], evidence };
  const { id: rollout } = await trainer.post("/v1/rollouts", plan, rolloutSchema);
  await until(async () => {
    const shown = await trainer.get(`/v1/rollouts/${rollout}`, rolloutSchema);
    onStep({ kind: "rollout", rollout: shown });
    if (shown.phase === "stopped") {
      const why = shown.history.at(-1)?.detail ?? "asked for";
      throw new RetrainingError(`Rollout ${rollout} stopped: ${why}`, { id: rollout });
    }
    return shown.phase === "done" ? true : undefined;
  });
  return {
    task,
    system,
    devices: names,
    simulated: true,
    gapScale,
    testRows: after.testRows,
    twinAccuracy: before.twinAccuracy,
    accuracyBefore: before.deviceAccuracy,
    accuracyAfter: after.deviceAccuracy,
    rowsMeasured: (resultSchema.parse(after).counts.deviceEvaluations * names.length) / Object.keys(devices).length,
    run,
    rollout,
    sets: Object.fromEntries(targets.map(({ device, set }) => [device, set])),
  };
}

/** A run or a rollout of it ended before its end. */
class RetrainingError extends OhmworkError<{ id: string }> {
  readonly code = "training-failed";
}
