import { BadInputError } from "@ohmwork/core";
import { z } from "zod";
import type { TrainerClient } from "../../trainer-client.ts";
import { runSchema } from "../run/shown-run.ts";

/** What a rollout of a run is: a set for each device that it trained, and what they rest on. */
export type RunTargets = {
  readonly targets: readonly { readonly device: string; readonly set: string }[];
  readonly evidence: { readonly run: string; readonly samples: number; readonly score: number };
};

/** @throws BadInputError when the run is not done, or one of its devices has several layers and so no one set */
export async function targetsOfRun(trainer: TrainerClient, id: string): Promise<RunTargets> {
  const { run } = await trainer.get(`/v1/runs/${encodeURIComponent(id)}`, z.object({ run: runSchema }));
  const { state, result } = run;
  if (result === undefined) throw new BadInputError(`Run ${id} is ${state}, expected one that is done`);
  const targets = result.parameters.map(({ device, sha256 }) => ({ device, set: sha256 }));
  const twice = targets.find(({ device }, i) => targets.findIndex((other) => other.device === device) < i);
  if (twice !== undefined) {
    throw new BadInputError(`Run ${id} trained several layers through device ${twice.device}, which can have one set only`);
  }
  return { targets, evidence: { run: id, samples: result.testRows, score: result.deviceAccuracy } };
}
