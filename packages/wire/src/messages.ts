import type { Ports } from "@ohmwork/core";
import { z } from "zod";
import { idSchema } from "./id.ts";

/** Whether a device is there, retained. The broker publishes `offline` in its place when the link dies. */
export type Status = { readonly state: "online" | "offline"; readonly boot: string };

/** What a device is, retained; announced after every connection. */
export type Birth = {
  /** New at every start of the agent; `seq` counts within it. */
  readonly boot: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly system: string;
  readonly rule: string;
  readonly task: string;
  readonly ports: Ports;
  readonly parameters: { readonly revision: number };
  /** `depth` samples wait for an acknowledgement, `oldest` is the first of them (the next `seq` when none waits). */
  readonly outbox: { readonly depth: number; readonly oldest: number; readonly dropped: number };
  readonly capabilities: readonly string[];
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
  readonly inputs: Float32Array;
  /** One row per stage of the system. */
  readonly measured: Readonly<Record<string, Float32Array>>;
  readonly label?: Float32Array;
};

/** Per boot: every sample up to and including this `seq` is committed at the trainer. */
export type Ack = { readonly upTo: Readonly<Record<string, number>> };

/** Whether a trainer is there, retained; `since` is when it started [ms since 1970]. */
export type TrainerState = { readonly online: boolean; readonly since: number };

/** Payload of each kind of message. */
export type Payloads = {
  readonly status: Status;
  readonly birth: Birth;
  readonly progress: Progress;
  readonly sample: Sample;
  readonly ack: Ack;
  readonly "trainer-state": TrainerState;
};
export type Kind = keyof Payloads;

export type MessageSpec<K extends Kind> = {
  /** JSON where people and Home Assistant read, CBOR where arrays travel. */
  readonly codec: "json" | "cbor";
  readonly qos: 0 | 1;
  readonly retain: boolean;
  readonly schema: z.ZodType<Payloads[K]>;
};

const text = z.string().max(200);
/** Of a program or a stage: what can be a key of an object anywhere. */
const name = z.string().regex(/^[a-zA-Z][\w -]{0,63}$/, "expected a letter, then letters, digits, _, - and spaces");
const count = z.int().min(0);
const milliseconds = z.int();
const values = z.custom<Float32Array>((value) => value instanceof Float32Array, "expected a Float32Array");
const port = z.object({
  name: text,
  unit: text,
  size: count,
  min: z.number(),
  max: z.number(),
  levels: z.exactOptional(count),
});
const ports = z.array(port).max(64);

/** The one map of what travels: schema, codec, quality of service and retention of each kind. */
export const messages: { readonly [K in Kind]: MessageSpec<K> } = {
  status: {
    codec: "json",
    qos: 1,
    retain: true,
    schema: z.object({ state: z.enum(["online", "offline"]), boot: idSchema }),
  },
  birth: {
    codec: "json",
    qos: 1,
    retain: true,
    schema: z.object({
      boot: idSchema,
      versions: z.record(name, text),
      system: text,
      rule: text,
      task: text,
      ports: z.object({ inputs: ports, parameters: ports, outputs: ports }),
      parameters: z.object({ revision: count }),
      outbox: z.object({ depth: count, oldest: count, dropped: count }),
      capabilities: z.array(text).max(64),
    }),
  },
  progress: {
    codec: "json",
    qos: 0,
    retain: false,
    schema: z.object({
      boot: idSchema,
      run: z.exactOptional(idSchema),
      task: text,
      step: count,
      steps: count,
      error: z.number(),
      score: z.exactOptional(z.number()),
      powerWatts: z.exactOptional(z.number()),
    }),
  },
  sample: {
    codec: "cbor",
    qos: 1,
    retain: false,
    schema: z.object({
      boot: idSchema,
      seq: z.int().min(1),
      id: idSchema,
      at: milliseconds,
      clockSynchronised: z.boolean(),
      task: text,
      revision: count,
      inputs: values,
      measured: z.record(name, values),
      label: z.exactOptional(values),
    }),
  },
  ack: { codec: "cbor", qos: 1, retain: false, schema: z.object({ upTo: z.record(idSchema, count) }) },
  "trainer-state": {
    codec: "json",
    qos: 1,
    retain: true,
    schema: z.object({ online: z.boolean(), since: milliseconds }),
  },
};
