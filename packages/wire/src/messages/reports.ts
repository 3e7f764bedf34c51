import { z } from "zod";
import { bytes, count, milliseconds, name, sha256, text, values } from "../fields.ts";
import { idSchema } from "../id.ts";

/** What a device makes of what it hears or sees; the last one is retained. */
export type Answer = {
  readonly boot: string;
  /** Wall-clock time [ms since 1970], worth what `clockSynchronised` says. */
  readonly at: number;
  readonly clockSynchronised: boolean;
  readonly task: string;
  readonly label: string;
  /** 0 to 1, as the task defines it. */
  readonly confidence: number;
  /** The sample it rests on, and where it can be looked at or heard. */
  readonly evidence?: { readonly id: string; readonly url?: string };
  /** Of the last trusted update. */
  readonly version?: number;
};

/** What an answer rests on, where the device still has it. */
export type Evidence = {
  readonly boot: string;
  /** Of the command that asked for it. */
  readonly request: string;
  readonly id: string;
  /** Wall-clock time [ms since 1970], worth what `clockSynchronised` says. */
  readonly at: number;
  readonly clockSynchronised: boolean;
  readonly label: string;
  readonly confidence: number;
  /** The sound as a WAV file. */
  readonly wav: Uint8Array;
  /** One row per stage of the system [V]. */
  readonly measured: Readonly<Record<string, Float32Array>>;
  /** Samples of the sound at full scale. */
  readonly clipped: number;
  /** It was found out later that the sound may not be what was heard: nothing is to be learned from it. */
  readonly suspect: boolean;
};

/** How learning in place goes. */
export type Progress = {
  readonly boot: string;
  readonly run?: string;
  readonly task: string;
  /** Presentations so far, and how many there will be. */
  readonly step: number;
  readonly steps: number;
  /** Mean squared distance of the free outputs from their labels [V²]. */
  readonly error: number;
  /** The task's own score on rows that were not learned from. */
  readonly score?: number;
  readonly powerWatts?: number;
};

/** One row that was really measured. Labels are target voltages; NaN stands for an output without one. */
export type Sample = {
  readonly boot: string;
  /** 1, 2, 3 … without a gap within one boot. */
  readonly seq: number;
  readonly id: string;
  /** Wall-clock time [ms since 1970], worth what `clockSynchronised` says. */
  readonly at: number;
  readonly clockSynchronised: boolean;
  readonly task: string;
  /** Of the parameters it was measured with. */
  readonly revision: number;
  /** Id of the parameter set it was measured with, where that is a committed one. */
  readonly parameters?: string;
  readonly inputs: Float32Array;
  /** One row per stage of the system. */
  readonly measured: Readonly<Record<string, Float32Array>>;
  readonly label?: Float32Array;
};

/** Per boot: every sample up to and including this `seq` is committed at the trainer. */
export type Ack = { readonly upTo: Readonly<Record<string, number>> };

/** A label that came later. */
export type Label = {
  /** Id of the sample. */
  readonly sample: string;
  /** A class by name, or one number for each output. */
  readonly label: string | readonly number[];
  readonly by: string;
  /** Wall-clock time [ms since 1970]. */
  readonly at: number;
};

const boot = idSchema.describe("one start of the agent");
const at = milliseconds.describe("[ms since 1970]");
const clockSynchronised = z.boolean().describe("whether `at` is to be believed");
const task = text.describe("what is learned");

export const answerSchema: z.ZodType<Answer> = z.object({
  boot,
  at,
  clockSynchronised,
  task,
  label: text.describe("what it takes it for"),
  confidence: z.number().min(0).max(1),
  evidence: z
    .exactOptional(z.object({ id: idSchema, url: z.exactOptional(z.httpUrl().max(1000)) }))
    .describe("the sample it rests on, and where to look at it"),
  version: z.exactOptional(count).describe("of the last update"),
});

export const evidenceSchema: z.ZodType<Evidence> = z.object({
  boot,
  request: idSchema.describe("of the command that asked for it"),
  id: idSchema.describe("as in the answer"),
  at,
  clockSynchronised,
  label: text.describe("what it was taken for"),
  confidence: z.number().min(0).max(1),
  wav: bytes.describe("the sound as a WAV file"),
  measured: z.record(name, values).describe("one row for each stage of the system [V]"),
  clipped: count.describe("samples of the sound at full scale"),
  suspect: z.boolean().describe("the sound may not be what was heard: nothing is to be learned from it"),
});

export const progressSchema: z.ZodType<Progress> = z.object({
  boot,
  run: z.exactOptional(idSchema),
  task,
  step: count.describe("presentations so far"),
  steps: count.describe("presentations there will be"),
  error: z.number().describe("mean squared distance from the labels [V²]"),
  score: z.exactOptional(z.number()).describe("the task's own, on rows that are not learned from"),
  powerWatts: z.exactOptional(z.number()),
});

export const sampleSchema: z.ZodType<Sample> = z.object({
  boot,
  seq: z.int().min(1).describe("1, 2, 3 … without a gap within a boot"),
  id: idSchema,
  at,
  clockSynchronised,
  task,
  revision: count.describe("of the parameters it was measured with"),
  parameters: z.exactOptional(sha256).describe("id of the parameter set it was measured with"),
  inputs: values,
  measured: z.record(name, values).describe("one row for each stage of the system"),
  label: z.exactOptional(values).describe("target voltages; NaN where there is none"),
});

export const ackSchema: z.ZodType<Ack> = z.object({
  upTo: z.record(idSchema, count).describe("for each boot, the last `seq` up to which everything is committed"),
});

export const labelSchema: z.ZodType<Label> = z.object({
  sample: idSchema.describe("id of the sample"),
  label: z.union([text, z.array(z.number()).max(4096)]).describe("a class by name, or one number for each output"),
  by: text.describe("who says so"),
  at,
});
