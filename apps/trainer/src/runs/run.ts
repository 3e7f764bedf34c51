import { deviceIdSchema, idSchema } from "@ohmwork/wire";
import { z } from "zod";

/** What a run trains, through which devices of the fleet, and how. */
export type RunSpec = {
  /** A data set that comes with the library. */
  readonly task: "digits" | "vowel-formants" | "vowel-clips";
  /** One of `trainSystems`, and one of `trainingRules` that goes through the device at its end. */
  readonly system: string;
  readonly rule: string;
  /** Of everything that is drawn: rows, parameters, order. */
  readonly seed: number;
  /** @default those of the recipe */
  readonly epochs?: number;
  /** Only the first so many training rows. @default all */
  readonly rows?: number;
  /** Devices of the fleet, by the names that the network of the system calls them; one device may be several of them as its stages. */
  readonly devices: Readonly<Record<string, string>>;
  /** Narrower windows of parameter ports than the device's own, by device of the network and port. @default the device's own */
  readonly windows?: Readonly<Record<string, Readonly<Record<string, { readonly min: number; readonly max: number }>>>>;
  /** Steps between two commits; each epoch ends with one besides. @default 20 */
  readonly commitEvery?: number;
};

/** What is asked for: devices by name, or a run for each device of a group. */
export type RunRequest = RunSpec | (Omit<RunSpec, "devices"> & { readonly group: string });

/** `paused` waits for a person; `queued` for a worker, or for its devices. */
export type RunState = "queued" | "running" | "paused" | "done" | "failed" | "cancelled";

/** What a person wants of a run that is not at its end. */
export type RunWish = "go-on" | "pause" | "cancel";

export type RunProgress = {
  /** Steps so far and steps planned; a phase that stops early leaves some out. */
  readonly steps: number;
  readonly stepsInAll: number;
  /** Means over the steps since the commit before. */
  readonly loss: number | null;
  readonly accuracy: number | null;
};

/** The parameters of one physical layer, or of all that are stages of one device, sealed. */
export type TrainedSet = {
  readonly layer: number;
  /** What the network calls the device, with "+" between them where it has several names for it, and the device. */
  readonly name: string;
  readonly device: string;
  readonly sha256: string;
  /** The set that was committed there when the run began, where the layer has the device for itself. */
  readonly parent?: string;
};

/** What a run came to. */
export type RunResult = {
  /** Share of right answers on rows that nothing was learned or chosen by, measured on the devices, and on as many rows. */
  readonly deviceAccuracy: number;
  readonly testRows: number;
  /** The same through the twins, and on the validation rows. */
  readonly twinAccuracy: number;
  readonly validationAccuracy: number;
  readonly counts: { readonly deviceEvaluations: number; readonly skippedSteps: number; readonly retriedCalls: number };
  /** The sealed parameter set of each physical layer, in their order. */
  readonly parameters: readonly TrainedSet[];
  /** When it came to its end, by the clock of the trainer [ms since 1970]. */
  readonly madeAt: number;
};

/** What a worker says of a run that is another one now; `progress` with each commit, `reason` where there is one. */
export type RunChange = { readonly state: RunState; readonly progress?: RunProgress; readonly reason?: string };

export type Run = {
  readonly id: string;
  readonly spec: RunSpec;
  readonly state: RunState;
  readonly wish: RunWish;
  /** Commits so far. */
  readonly commits: number;
  readonly progress?: RunProgress;
  readonly result?: RunResult;
  /** Why it failed, or what it waits for, in one line. */
  readonly reason?: string;
  /** Who works on it, or did last. */
  readonly worker?: string;
  /** Times that a worker began since the last commit. */
  readonly attempts: number;
  /** Wall-clock times of trainers [ms since 1970]. */
  readonly createdAt: number;
  readonly changedAt: number;
};

const window = z.strictObject({ min: z.number(), max: z.number() }).refine(({ min, max }) => min < max, "min is not below max");
const name = z.string().min(1).max(64);

const fields = {
  task: z.enum(["digits", "vowel-formants", "vowel-clips"]).describe("a data set that comes along"),
  system: name.describe("whose network is trained, as `ohmwork train --system` has it"),
  rule: name.describe("how, as `ohmwork train --rule` has it"),
  seed: z.int().min(0).max(0xffff_ffff),
  epochs: z.exactOptional(z.int().min(1).max(100_000)),
  rows: z.exactOptional(z.int().min(1)).describe("only the first so many training rows"),
  windows: z
    .exactOptional(z.record(name, z.record(z.string(), window)))
    .describe("narrower windows of parameters: by device of the network, then by port, `min` and `max`"),
  commitEvery: z.exactOptional(z.int().min(1).max(10_000)).describe("steps between two commits"),
};
const devices = z
  .record(name, deviceIdSchema)
  .refine((named) => Object.keys(named).length > 0, "expected one device or more")
  .describe("devices of the fleet, by the names that the network calls them");

export const runSpecSchema: z.ZodType<RunSpec> = z.strictObject({ ...fields, devices });

export const runRequestSchema: z.ZodType<RunRequest> = z.union([
  z.strictObject({ ...fields, devices }),
  z.strictObject({ ...fields, group: idSchema.describe("a run for each device of this group") }),
]);

export const runStateSchema: z.ZodType<RunState> = z.enum(["queued", "running", "paused", "done", "failed", "cancelled"]);
