export { type Access, accessOf, type Participant } from "./access.ts";
export { decode, encode, payloadLimitBytes } from "./codec.ts";
export { argumentsOf, type CommandArguments, type CommandName, commands, isCommandName } from "./commands.ts";
export { describeKeys, type KeyDescription } from "./describe-keys.ts";
export { deviceIdSchema, idSchema, isId } from "./id.ts";
export { type Kind, kinds, messages, type MessageSpec, type Payloads, type Sender } from "./message-map.ts";
export type { Birth, Status, TrainerState } from "./messages/presence.ts";
export type { Ack, Answer, Evidence, Label, Progress, Sample } from "./messages/reports.ts";
export type { Command, CommandReply, Reported, Respond, Responded, Signed } from "./messages/steering.ts";
export { type PublishOptions, publishOptionsOf } from "./mqtt-options.ts";
export { type Part, partSchema } from "./parts/part.ts";
export { createReassembler, type Reassembler, type ReassemblerOptions } from "./parts/reassembler.ts";
export { longestMessageBytes, splitMessage } from "./parts/split-message.ts";
export type { Refused, RefusalReason, Result } from "./result.ts";
export { clockSkewMilliseconds, type Moment, notBefore, type OrderRefusal, type Trusted } from "./signing/check-order.ts";
export { checkLease, checkLeased, type LeaseContext, type LeaseRefusal, type LeaseVerdict } from "./signing/check-lease.ts";
export { checkRespond, type RespondContext, type RespondRefusal } from "./signing/check-respond.ts";
export { checkUpdate, type UpdateContext, type UpdateRefusal, type UpdateVerdict } from "./signing/check-update.ts";
export { type Lease, leaseSchema, longestLeaseMilliseconds, openLease, type OpenedLease, signLease } from "./signing/lease.ts";
export {
  hashOfPorts,
  bytesOfValues,
  hashOfValues,
  openParameterSet,
  type ParameterSet,
  parameterSetSchema,
  type SealedParameterSet,
  sealParameterSet,
} from "./signing/parameter-set.ts";
export { refusals } from "./signing/refusals.ts";
export { createSigner, type Domain, keyIdOf, type Signer } from "./signing/signer.ts";
export { openUpdate, type OpenedUpdate, signUpdate, type Update, updateSchema } from "./signing/update.ts";
export { type TrustedKeys, trustKeys } from "./signing/verify-signed.ts";
export { type Address, clientIdOf, type FilterOptions, mostParts, parseTopic, topicFilterOf, topicOf } from "./topic.ts";
