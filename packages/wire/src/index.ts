export { decode, encode, payloadLimitBytes } from "./codec.ts";
export { deviceIdSchema, idSchema, isId } from "./id.ts";
export {
  type Ack,
  type Birth,
  type Kind,
  messages,
  type MessageSpec,
  type Payloads,
  type Progress,
  type Sample,
  type Status,
  type TrainerState,
} from "./messages.ts";
export type { RefusalReason, Result } from "./result.ts";
export { type Address, clientIdOf, parseTopic, topicFilterOf, topicOf } from "./topic.ts";
