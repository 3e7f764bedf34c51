import type { Ports, Stage } from "@ohmwork/core";
import { z } from "zod";
import { count, milliseconds, name, sha256, text } from "../fields.ts";
import { idSchema } from "../id.ts";

/** Whether a device is there, retained. The broker publishes `offline` in its place when the link dies. */
export type Status = { readonly state: "online" | "offline"; readonly boot: string };

/** What a device is, retained; announced after every connection. */
export type Birth = {
  /** New at every start of the agent; `seq` counts within it. */
  readonly boot: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly system: string;
  /** `none` where it does not learn in place. */
  readonly rule: string;
  /** `none` where it has none of its own. */
  readonly task: string;
  readonly ports: Ports;
  /** What it measures, in order; the last one is the output. */
  readonly stages?: readonly Stage[];
  /** Rows that one `respond` may carry. */
  readonly largestBatch?: number;
  /** Whether the same request at the same parameters gives the same bits. */
  readonly repeatable?: boolean;
  /** `version` is that of the last trusted update, `sha256` the id of the parameter set that is committed. */
  readonly parameters: { readonly revision: number; readonly version?: number; readonly sha256?: string };
  /** `depth` samples wait for an acknowledgement, `oldest` is the first of this boot (the next `seq` when none waits). */
  readonly outbox: {
    readonly depth: number;
    readonly oldest: number;
    readonly dropped: number;
    /** Of each earlier boot whose samples still wait, the first `seq`. */
    readonly earlier?: Readonly<Record<string, number>>;
  };
  readonly capabilities: readonly string[];
  /** Groups that updates may name in the place of the device. */
  readonly groups?: readonly string[];
  /** What its answers are one of, where they are words. */
  readonly classes?: readonly string[];
};

/** Whether a trainer is there, retained; `since` is when it started [ms since 1970]. */
export type TrainerState = { readonly online: boolean; readonly since: number };

const boot = idSchema.describe("one start of the agent");
const port = z.object({
  name: text,
  unit: text,
  size: count,
  min: z.number(),
  max: z.number(),
  levels: z.exactOptional(count),
});
const stage = z.object({ name, width: z.int().min(1), twin: z.exactOptional(sha256) });
const portList = z.array(port).max(64);

/** Also what the hash of a system's ports is made of. */
export const portsSchema: z.ZodType<Ports> = z.object({ inputs: portList, parameters: portList, outputs: portList });

export const statusSchema: z.ZodType<Status> = z.object({ state: z.enum(["online", "offline"]), boot });

export const birthSchema: z.ZodType<Birth> = z.object({
  boot,
  versions: z.record(name, text).describe("of the programs, by name"),
  system: text.describe("what the device is"),
  rule: text.describe("how it learns in place; `none` where it does not"),
  task: text.describe("what it learns; `none` where it has no task of its own"),
  ports: portsSchema.describe(
    "`inputs`, `parameters`, `outputs`: `name`, `unit`, `size`, `min`, `max` and `levels` of each port",
  ),
  stages: z
    .exactOptional(z.array(stage).max(64))
    .describe("what it measures, in order, the output last: `name`, `width` and the sha256 of its `twin`, where it has one"),
  largestBatch: z.exactOptional(z.int().min(1)).describe("rows that one `respond` may carry"),
  repeatable: z.exactOptional(z.boolean()).describe("whether the same request at the same parameters gives the same bits"),
  parameters: z
    .object({ revision: count, version: z.exactOptional(count), sha256: z.exactOptional(sha256) })
    .describe("`revision` counts every change; `version` of the last update, `sha256` of the committed set, where there are any"),
  outbox: z
    .object({ depth: count, oldest: count, dropped: count, earlier: z.exactOptional(z.record(idSchema, count)) })
    .describe(
      "`depth` samples wait, `oldest` is the `seq` of the first of this boot, `dropped` were not taken; `earlier`: of each earlier boot that waits, its first `seq`",
    ),
  capabilities: z.array(text).max(64).describe("what the device can be asked to do"),
  groups: z.exactOptional(z.array(idSchema).max(64)).describe("groups whose updates are for it"),
  classes: z.exactOptional(z.array(text).max(4096)).describe("what its answers are one of, where they are words"),
});

export const trainerStateSchema: z.ZodType<TrainerState> = z.object({
  online: z.boolean(),
  since: milliseconds.describe("when it started [ms since 1970]"),
});
