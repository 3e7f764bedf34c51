import type { z } from "zod";
import {
  type Birth,
  birthSchema,
  type Status,
  statusSchema,
  type TrainerState,
  trainerStateSchema,
} from "./messages/presence.ts";
import {
  type Ack,
  ackSchema,
  type Answer,
  answerSchema,
  type Evidence,
  evidenceSchema,
  type Label,
  labelSchema,
  type Progress,
  progressSchema,
  type Sample,
  sampleSchema,
} from "./messages/reports.ts";
import {
  type Command,
  type CommandReply,
  commandReplySchema,
  commandSchema,
  type Reported,
  reportedSchema,
  type Respond,
  type Responded,
  respondedSchema,
  respondSchema,
  type Signed,
  signedSchema,
} from "./messages/steering.ts";

/** Payload of each kind of message. */
export type Payloads = {
  readonly status: Status;
  readonly birth: Birth;
  readonly answer: Answer;
  readonly evidence: Evidence;
  readonly sample: Sample;
  readonly progress: Progress;
  readonly ack: Ack;
  readonly label: Label;
  /** A signed update: `openUpdate` says what is in it. */
  readonly desired: Signed;
  readonly reported: Reported;
  readonly respond: Respond;
  readonly responded: Responded;
  readonly command: Command;
  readonly "command-reply": CommandReply;
  readonly "trainer-state": TrainerState;
};
export type Kind = keyof Payloads;

/** Who may publish a kind of message. */
export type Sender = "agent" | "trainer" | "person";

export type MessageSpec<K extends Kind> = {
  /** In a few words, for a page. */
  readonly says: string;
  /** Below `ohmwork/v1/{fleet}/`; what stands in braces is an id. */
  readonly topic: string;
  readonly from: readonly Sender[];
  /** JSON where people and Home Assistant read, CBOR where arrays travel. */
  readonly codec: "json" | "cbor";
  readonly qos: 0 | 1;
  readonly retain: boolean;
  /** The broker publishes it when the sender's link dies. */
  readonly will?: true;
  /** The payload says in `expires` how long it is worth anything. */
  readonly expires?: true;
  /** Kind of the answer, which carries the same `request`. */
  readonly answeredBy?: Kind;
  /** May travel in parts where it is too long for one message. */
  readonly parts?: true;
  readonly schema: z.ZodType<Payloads[K]>;
};

/** The one map of what travels: topic, sender, codec, quality of service, retention and schema of each kind. */
export const messages: { readonly [K in Kind]: MessageSpec<K> } = {
  status: {
    topic: "{device}/status",
    says: "whether the device is there",
    from: ["agent"],
    codec: "json",
    qos: 1,
    retain: true,
    will: true,
    schema: statusSchema,
  },
  birth: {
    topic: "{device}/birth",
    says: "what the device is, after every connection",
    from: ["agent"],
    codec: "json",
    qos: 1,
    retain: true,
    schema: birthSchema,
  },
  answer: {
    topic: "{device}/answer",
    says: "what it makes of what it hears or sees; the last one stays",
    from: ["agent"],
    codec: "json",
    qos: 1,
    retain: true,
    schema: answerSchema,
  },
  evidence: {
    topic: "{device}/evidence",
    says: "the sound behind an answer, when the command `evidence` asks for it",
    from: ["agent"],
    codec: "cbor",
    qos: 1,
    retain: false,
    parts: true,
    schema: evidenceSchema,
  },
  sample: {
    topic: "{device}/sample",
    says: "one row that was measured",
    from: ["agent"],
    codec: "cbor",
    qos: 1,
    retain: false,
    parts: true,
    schema: sampleSchema,
  },
  progress: {
    topic: "{device}/progress",
    says: "how learning in place goes",
    from: ["agent"],
    codec: "json",
    qos: 0,
    retain: false,
    schema: progressSchema,
  },
  ack: {
    topic: "{device}/ack",
    says: "what is committed, and need not be kept any more",
    from: ["trainer"],
    codec: "cbor",
    qos: 1,
    retain: false,
    schema: ackSchema,
  },
  label: {
    topic: "{device}/label",
    says: "a label that came later",
    from: ["agent", "person"],
    codec: "json",
    qos: 1,
    retain: false,
    schema: labelSchema,
  },
  desired: {
    topic: "{device}/desired",
    says: "a signed update",
    from: ["trainer"],
    codec: "cbor",
    qos: 1,
    retain: true,
    parts: true,
    schema: signedSchema,
  },
  reported: {
    topic: "{device}/reported",
    says: "what became of it, and why",
    from: ["agent"],
    codec: "json",
    qos: 1,
    retain: true,
    schema: reportedSchema,
  },
  respond: {
    topic: "{device}/respond",
    says: '"measure these inputs at these parameters", under a signed lease',
    from: ["trainer"],
    codec: "cbor",
    qos: 1,
    retain: false,
    expires: true,
    answeredBy: "responded",
    parts: true,
    schema: respondSchema,
  },
  responded: {
    topic: "{device}/responded",
    says: "what was measured, or why not",
    from: ["agent"],
    codec: "cbor",
    qos: 1,
    retain: false,
    parts: true,
    schema: respondedSchema,
  },
  command: {
    topic: "{device}/command/{name}",
    says: "a request that moves no wiper, but back to the committed set",
    from: ["trainer", "person"],
    codec: "json",
    qos: 1,
    retain: false,
    expires: true,
    answeredBy: "command-reply",
    schema: commandSchema,
  },
  "command-reply": {
    topic: "{device}/command/{name}/reply",
    says: "what became of it",
    from: ["agent"],
    codec: "json",
    qos: 1,
    retain: false,
    schema: commandReplySchema,
  },
  "trainer-state": {
    topic: "trainer/{trainer}/state",
    says: "whether a trainer is there",
    from: ["trainer"],
    codec: "json",
    qos: 1,
    retain: true,
    will: true,
    schema: trainerStateSchema,
  },
};

/** Every kind of message, in the order of the map. */
export const kinds: readonly Kind[] = Object.keys(messages) as Kind[];
