import { deviceIdSchema, idSchema } from "@ohmwork/wire";
import { z } from "zod";
import type { RolloutPlan } from "./rollout.ts";

/** Devices of one rollout. */
const mostTargets = 10_000;
const share = z.number().min(0).max(1);

const planShape = {
  waves: z
    .array(z.union([z.strictObject({ devices: z.int().min(1).max(mostTargets) }), z.strictObject({ share })]))
    .max(100)
    .default([{ devices: 1 }, { share: 0.1 }, { share: 0.5 }])
    .describe("size of each wave; who is left makes a last one"),
  successShare: share.default(0.95).describe("of a wave must be good before the next one opens"),
  errorShare: share.default(0.05).describe("when more of a wave than that fail, the rollout stops"),
  inFlight: z.int().min(1).max(mostTargets).default(50).describe("most devices that have an update and have not answered"),
  approval: z.boolean().default(false).describe("whether each wave but the first waits for a person"),
  timeoutSeconds: z.number().min(1).max(2_592_000).default(600).describe("who has not answered by then has failed"),
  discardLocal: z.boolean().default(false).describe("whether what devices learned in place may be lost"),
  evidence: z
    .strictObject({ run: z.exactOptional(idSchema), samples: z.int().min(0), score: z.exactOptional(z.number()) })
    .default({ samples: 0 })
    .describe("what every update of it rests on"),
};

/** docs/rollouts.md describes each key. */
export const planSchema: z.ZodType<RolloutPlan> = z.strictObject(planShape);

/** What a rollout is asked for by. */
export type RolloutRequest = RolloutPlan & {
  /** Its name; made from the time when it is left out. */
  readonly id?: string;
  /** Devices in the order in which they get their sets, or all that say they are in a group. */
  readonly targets:
    | readonly { readonly device: string; readonly set: string }[]
    | { readonly group: string; readonly set: string };
};

const set = z
  .string()
  .regex(/^[0-9a-f]{64}$/, "expected 64 of 0-9 and a-f")
  .describe("id of a parameter set in the store");

export const requestSchema: z.ZodType<RolloutRequest> = z.strictObject({
  id: z.exactOptional(idSchema),
  targets: z.union([
    z
      .array(z.strictObject({ device: deviceIdSchema, set }))
      .min(1)
      .max(mostTargets),
    z.strictObject({ group: idSchema, set }),
  ]),
  ...planShape,
});
