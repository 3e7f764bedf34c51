import { z } from "zod";
import { nameValueLines } from "../../output.ts";

/** What a trainer says of a run. */
export type ShownRun = {
  readonly id: string;
  readonly spec: {
    readonly task: string;
    readonly system: string;
    readonly rule: string;
    readonly seed: number;
    readonly devices: Readonly<Record<string, string>>;
  };
  readonly state: string;
  readonly reason?: string | undefined;
  readonly worker?: string | undefined;
  readonly progress?: { readonly steps: number; readonly stepsInAll: number; readonly loss: number | null } | undefined;
  readonly result?:
    | {
        readonly deviceAccuracy: number;
        readonly testRows: number;
        readonly twinAccuracy: number;
        readonly parameters: readonly { readonly layer: number; readonly device: string; readonly sha256: string }[];
      }
    | undefined;
};

export const runSchema: z.ZodType<ShownRun> = z.looseObject({
  id: z.string(),
  spec: z.looseObject({
    task: z.string(),
    system: z.string(),
    rule: z.string(),
    seed: z.number(),
    devices: z.record(z.string(), z.string()),
  }),
  state: z.string(),
  reason: z.string().optional(),
  worker: z.string().optional(),
  progress: z.looseObject({ steps: z.number(), stepsInAll: z.number(), loss: z.number().nullable() }).optional(),
  result: z
    .looseObject({
      deviceAccuracy: z.number(),
      testRows: z.number(),
      twinAccuracy: z.number(),
      parameters: z.array(z.looseObject({ layer: z.number(), device: z.string(), sha256: z.string() })),
    })
    .optional(),
});

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** One line: its id, what it trains, where it stands. */
export function summaryOf({ id, spec, state, reason, progress, result }: ShownRun): string {
  const devices = Object.values(spec.devices).join(", ");
  const far = progress === undefined ? "" : `, step ${progress.steps} of ${progress.stepsInAll}`;
  const came = result === undefined ? "" : `, ${percent(result.deviceAccuracy)} right of ${result.testRows}`;
  const why = reason === undefined ? "" : ` (${reason})`;
  return `${id}  ${state}${why}  ${spec.task} on ${devices} by ${spec.rule}${far}${came}`;
}

/** A run as a person reads it. */
export function linesOf(run: ShownRun): string[] {
  const { worker, progress, result } = run;
  const facts: [string, string][] = [];
  if (worker !== undefined) facts.push(["worker", worker]);
  if (typeof progress?.loss === "number") facts.push(["loss", progress.loss.toPrecision(4)]);
  if (result !== undefined) {
    facts.push(["on the devices", `${percent(result.deviceAccuracy)} of ${result.testRows} rows held back`]);
    facts.push(["on their twins", percent(result.twinAccuracy)]);
    for (const { layer, device, sha256 } of result.parameters) facts.push([`layer ${layer}`, `${device} ${sha256}`]);
  }
  return [summaryOf(run), ...(facts.length === 0 ? [] : nameValueLines(facts))];
}
