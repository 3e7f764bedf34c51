import { BadInputError } from "@ohmwork/core";
import type { TrainingState } from "@ohmwork/learning";
import { Decoder, Encoder } from "cbor-x";
import * as z from "zod";

/** Which training a state belongs to: what was asked for, and what that made of the data. */
export type TrainingName = Readonly<Record<string, string | number>>;

const FORMAT = "ohmwork.checkpoint/1";

const vector: z.ZodType<Float32Array> = z.instanceof(Float32Array);
const count = z.int().min(0);
const schema = z.strictObject({
  format: z.literal(FORMAT),
  of: z.record(z.string(), z.union([z.string(), z.number()])),
  state: z.strictObject({
    phase: count,
    epoch: count,
    batch: count,
    step: count,
    parameters: vector,
    slots: z.array(vector),
    readout: z.exactOptional(vector),
    best: z.exactOptional(z.strictObject({ epoch: count, score: z.number().or(z.nan()), parameters: vector })),
    devices: z.record(z.string(), z.instanceof(Uint8Array)),
    counts: z.strictObject({
      deviceEvaluations: count,
      skippedSteps: count,
      retriedCalls: count,
      lostRows: count.default(0), // not in files from before these two were counted
      sparedSteps: count.default(0),
    }),
  }),
});

const encoder = new Encoder({ useRecords: false, variableMapSize: true, tagUint8Array: false });
const decoder = new Decoder({ useRecords: false, mapsAsObjects: true, int64AsNumber: true } as object);

/** The file of a state: one CBOR map of `format`, `of` and `state`. */
export function encodeCheckpoint(of: TrainingName, state: TrainingState): Uint8Array {
  return new Uint8Array(encoder.encode({ format: FORMAT, of, state }));
}

/**
 * The state in a file, if it is one of the training that is asked for, or of the rule `begunBy`, whose training is the
 * first phase of this one.
 *
 * @throws BadInputError in one line when it is not a checkpoint, or belongs to another training
 */
export function decodeCheckpoint(bytes: Uint8Array, wanted: TrainingName, begunBy?: string): TrainingState {
  const value = decoded(bytes);
  const { success, data } = schema.safeParse(value);
  if (!success) {
    const format = formatOf(value);
    throw new BadInputError(
      format === undefined || format === FORMAT
        ? "Not a checkpoint of a training, or cut short"
        : `Checkpoint of format ${format}, expected ${FORMAT}`,
    );
  }
  for (const what of new Set([...Object.keys(wanted), ...Object.keys(data.of)])) {
    const [there, asked] = [data.of[what], wanted[what]];
    if (what === "rule" && there !== undefined && there === begunBy) continue;
    if (there === asked) continue;
    const usual = "as is usual";
    throw new BadInputError(`Checkpoint is of ${what} ${there ?? usual}, this training of ${asked ?? usual}`);
  }
  return data.state;
}

/** Whether these are the bytes of a checkpoint, of whatever training and format. */
export function isCheckpoint(bytes: Uint8Array): boolean {
  return formatOf(decoded(bytes)) !== undefined;
}

function decoded(bytes: Uint8Array): unknown {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

function formatOf(value: unknown): string | undefined {
  return z.object({ format: z.string().startsWith("ohmwork.checkpoint/") }).safeParse(value).data?.format;
}
