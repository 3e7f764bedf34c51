import { deviceIdSchema, idSchema } from "@ohmwork/wire";
import { z } from "zod";
import { planSchema } from "../rollouts/plan-schema.ts";

/** Samples or parameter sets of one page. */
const mostPerPage = 1000;
const limit = z.coerce.number().int().min(1).max(mostPerPage).default(100).describe("rows of one page");
const milliseconds = z.number().int().describe("[ms since 1970]");
const numbers = z.array(z.number().nullable()).describe("null where there is none");

type Schema = z.ZodType;

/** One row for each thing that can be asked for. */
export const queries: {
  readonly samples: z.ZodType<{
    device?: string | undefined;
    boot?: string | undefined;
    task?: string | undefined;
    after?: string | undefined;
    limit: number;
  }>;
  readonly labels: z.ZodType<{ sample: string }>;
  readonly parameters: z.ZodType<{ device?: string | undefined; limit: number }>;
} = {
  samples: z.object({
    device: deviceIdSchema.optional(),
    boot: idSchema.optional(),
    task: z.string().max(200).optional(),
    after: z
      .string()
      .regex(/^[a-z0-9-]{1,36}\/[a-z0-9-]{1,36}\/\d{1,16}$/, "expected device/boot/seq")
      .optional()
      .describe("`next` of the page before"),
    limit,
  }),
  labels: z.object({ sample: idSchema.describe("id of a sample") }),
  parameters: z.object({ device: deviceIdSchema.optional(), limit }),
};

export const parameterId: z.ZodType<{ id: string }> = z.object({
  id: z.string().regex(/^[0-9a-f]{64}$/, "expected 64 of 0-9 and a-f"),
});

const parameterSet = z.object({
  id: z.string().describe("sha256 of its bytes"),
  device: z.string().optional(),
  receivedAt: milliseconds,
  bytes: z.string().describe("deterministic CBOR, base64"),
  values: numbers.optional(),
  parent: z.string().optional(),
  origin: z.string().optional(),
  madeAt: milliseconds.optional(),
});

/** What is answered. */
export const answers: Readonly<
  Record<"devices" | "samples" | "labels" | "parameters" | "parameter" | "ready" | "failure", Schema>
> = {
  devices: z.object({
    devices: z.array(
      z.object({
        device: z.string(),
        online: z.boolean(),
        boot: z.string(),
        changedAt: milliseconds,
        birth: z.unknown().optional().describe("the last birth message"),
        reported: z.unknown().optional().describe("what became of the last update"),
      }),
    ),
  }),
  samples: z.object({
    samples: z.array(
      z.object({
        device: z.string(),
        boot: z.string(),
        seq: z.number().int(),
        id: z.string(),
        at: milliseconds,
        clockSynchronised: z.boolean(),
        receivedAt: milliseconds,
        task: z.string(),
        revision: z.number().int(),
        parameters: z.string().optional(),
        inputs: numbers,
        measured: z.record(z.string(), numbers),
        label: numbers.optional(),
      }),
    ),
    next: z.string().optional().describe("there may be more: ask with `after`"),
  }),
  labels: z.object({
    labels: z.array(
      z.object({ sample: z.string(), label: z.union([z.string(), z.array(z.number())]), by: z.string(), at: milliseconds }),
    ),
  }),
  parameters: z.object({ parameters: z.array(parameterSet) }),
  parameter: parameterSet,
  ready: z.object({ ready: z.boolean(), broker: z.boolean(), store: z.boolean() }),
  failure: z.object({ error: z.string() }),
};

const rollout = {
  id: z.string(),
  plan: planSchema,
  phase: z.string(),
  wave: z.number().int().describe("newest wave that was opened, from 0"),
  history: z.array(z.object({ at: milliseconds, by: z.string(), what: z.string(), detail: z.string().optional() })),
};
const target = z.object({
  device: z.string(),
  wave: z.number().int(),
  set: z.string(),
  phase: z.string(),
  version: z.number().int().optional(),
  sentAt: milliseconds.optional(),
  previous: z.string().optional().describe("set it had before"),
  reason: z.string().optional(),
  detail: z.string().optional(),
  aside: z.boolean().describe("failed before the rollout was resumed, and counts no longer"),
});

/** What is answered about rollouts. */
export const rolloutAnswers: Readonly<Record<"list" | "one", Schema>> = {
  list: z.object({ rollouts: z.array(z.object(rollout)) }),
  one: z.object({ ...rollout, targets: z.array(target) }),
};
