import {
  accessOf,
  commands,
  describeKeys,
  encode,
  type Kind,
  kinds,
  leaseSchema,
  longestLeaseMilliseconds,
  longestMessageBytes,
  messages,
  type MessageSpec,
  mostParts,
  parameterSetSchema,
  partSchema,
  payloadLimitBytes,
  publishOptionsOf,
  refusals,
  topicOf,
  updateSchema,
} from "@ohmwork/wire";
import { createExamples, type Examples } from "@ohmwork/wire/testing";

type Schema =
  | MessageSpec<Kind>["schema"]
  | typeof updateSchema
  | typeof leaseSchema
  | typeof parameterSetSchema
  | typeof partSchema;

/** `docs/wire.md`: everything that travels, from the one map that the programs use. */
export async function wirePage(): Promise<string> {
  const examples = await createExamples();
  return `# The wire

Made by \`npm run docs\` from \`packages/wire/src/message-map.ts\`, which agents, trainers and whoever else takes part go by.
[fleet.md](fleet.md) says what is promised on top of it.

## Topics

All of them begin with \`ohmwork/v1/{fleet}/\`. What stands in braces is an id: 1 to 36 of \`a-z\`, \`0-9\` and \`-\`; \`trainer\` is not
a device id.

| topic | from | says | form | QoS, retained |
|---|---|---|---|---|
${kinds.map(topicRow).join("\n")}

A will is published by the broker when the link of its sender dies; on MQTT 5 it waits 15 s for the sender to come back.

## Rules for all of them

- **Versions.** A payload names its version as \`v: 1\`. Keys may be added within a version; a reader leaves out keys it does not know.
  What changes the meaning of a key gets a new version, and a version that is not known is refused as such.
- **CBOR** is in the core deterministic form of RFC 8949 §4.2 and refused in any other: shortest lengths and numbers, keys in the
  order of their bytes and none twice, whole numbers up to 2^53 as integers, nothing of indefinite length, at most 8 levels and 10,000 items.
  Arrays of numbers are little-endian float32 under tag 85 (RFC 8746); no other tag travels.
- **Length.** A payload has ${payloadLimitBytes} bytes at the most. A longer message of a kind that *may be parted* travels as up to
  ${mostParts} parts on its topic with \`/part/{index}\` behind it, ${longestMessageBytes / 2 ** 20} MiB in all, each part a payload (CBOR):

${keyTable(partSchema)}

  Parts may come in any order and more than once. They go to every subscriber: a shared subscription would tear them apart.
  A whole message that follows on one in parts takes its place; parts of it that a broker retains are older, and refused as such.
- **Retained.** An empty payload on a retained topic takes away what was there; it is no message.
- **Expiry.** \`expires\` in a payload holds wherever it stands. On MQTT 5 the broker is told of it as well.
- **MQTT 5 and 3.1.1.** On MQTT 5 a message carries its content type, and where they apply expiry, response topic and correlation
  data. They say nothing that payload and topic do not: on 3.1.1 they are left away, and no reader goes by them.
- **Samples.** A *boot* is one start of an agent. \`seq\` counts its samples from 1 without a gap, and a sample's \`id\` is \`{boot}-{seq}\`.
- **Nothing executable travels**, and whatever moves a wiper from afar is a signed update or stands under a signed lease.

## Who may do what

A broker is to let a client do this and nothing else (\`accessOf\`); an agent only below its own \`{device}\`, a trainer with its own
state only.

| | publishes | hears |
|---|---|---|
${accessRows().join("\n")}

## Messages

${kinds.map((kind) => messageSection(kind, examples)).join("\n\n")}

${signedSection(examples)}

## Why something is refused

What is refused changes nothing, and is counted under one of these names; a refused update also under \`reason\` in \`reported\`.

| reason | means |
|---|---|
${Object.entries(refusals)
  .map(([reason, means]) => `| \`${reason}\` | ${means} |`)
  .join("\n")}
`;
}

function accessRows(): string[] {
  const fleet = "fleet";
  const participants = [
    { role: "agent", fleet, device: "device" },
    { role: "trainer", fleet, trainer: "trainer-id" },
    { role: "person", fleet },
  ] as const;
  const shown = (filters: readonly string[]): string =>
    filters
      .map(
        (filter) =>
          `\`${filter.replace("ohmwork/v1/fleet/", "").replace("device/", "{device}/").replace("trainer-id", "{trainer}")}\``,
      )
      .join(", ");
  return participants.map((who) => {
    const { publish, subscribe } = accessOf(who);
    return `| ${who.role} | ${shown(publish)} | ${who.role === "agent" ? shown(subscribe) : "everything in the fleet"} |`;
  });
}

function topicRow(kind: Kind): string {
  const { topic, from, codec, qos, retain, says, will, expires, answeredBy, parts } = messages[kind];
  const remarks = [
    will === true && "is also a will",
    expires === true && "expires",
    answeredBy !== undefined && `answered on \`${messages[answeredBy].topic}\``,
    parts === true && "may be parted",
  ].filter((remark) => remark !== false);
  const sayings = [says, ...remarks].join("; ");
  return `| \`${topic}\` | ${from.join(", ")} | ${sayings} | ${codec.toUpperCase()} | ${qos}, ${retain ? "yes" : "no"} |`;
}

function keyTable(schema: Schema): string {
  const rows = describeKeys(schema).map(
    ({ key, optional, type, says }) => `| \`${key}\`${optional ? " (optional)" : ""} | ${type} | ${says} |`,
  );
  return ["| key | holds | that is |", "|---|---|---|", ...rows].join("\n");
}

function messageSection(kind: Kind, { payloads }: Examples): string {
  const { codec, schema, expires } = messages[kind];
  const address = { kind, fleet: "home", device: "ear-1", trainer: "t1", name: "replay" } as Parameters<typeof topicOf>[0];
  const payload = payloads[kind];
  const bytes = encode(kind, payload);
  const now = expires === true && "expires" in payload ? payload.expires - 10_000 : 0;
  const { messageExpiryInterval, responseTopic } = publishOptionsOf(address, payload, now).properties;
  const properties = [
    messageExpiryInterval !== undefined && `expires in ${messageExpiryInterval} s`,
    responseTopic !== undefined && `answered on \`${responseTopic}\``,
  ].filter((one) => one !== false);
  const onFive = properties.length === 0 ? "" : `; on MQTT 5: ${properties.join(", ")}`;
  const shown = codec === "json" ? fenced("json", new TextDecoder().decode(bytes)) : shownCbor(payload, bytes);
  const known = kind === "command" ? `\n${commandTable()}\n` : "";
  return `### ${kind}

${keyTable(schema)}
${known}
\`${topicOf(address)}\` (${bytes.length} bytes${onFive}):

${shown}`;
}

function signedSection({ set, update, lease, publicKey, payloads }: Examples): string {
  const { key, payload } = payloads.desired;
  return `## What is signed

Updates (in \`desired\`) and leases (in \`grant\` of \`respond\`) are signed with Ed25519 (RFC 8032). What is signed is the text
\`ohmwork/v1/update\` or \`ohmwork/v1/lease\`, a zero byte, and the bytes of \`payload\`, which are CBOR as above. \`key\` is the first 32
hexadecimal digits of the sha256 of the public key's 32 bytes. A signature is checked before anything in the payload is read.

### Update

${keyTable(updateSchema)}

The example above, signed with the key whose public half is \`${hexOf(publicKey)}\`
(\`${key}\`), has this in its ${payload.length} bytes of payload:

${fenced("js", readable({ v: 1, ...update }))}

An update for a group is signed once, and published to each of its devices.

### Parameter set

${keyTable(parameterSetSchema)}

${fenced("js", readable({ v: 1, ...set }))}

Its id is the sha256 of its bytes, so a set is kept and sent on as the bytes it came in.

### Lease

It lasts ${longestLeaseMilliseconds / 60_000} minutes at the most and is renewed while its run goes on. When it ends, the device restores its committed set.

${keyTable(leaseSchema)}

${fenced("js", readable({ v: 1, ...lease }))}`;
}

function commandTable(): string {
  const rows = Object.entries(commands).map(([name, { says, schema }]) => {
    const args = describeKeys(schema).map(({ key, type, says: what }) => `\`${key}\` (${type}: ${what})`);
    return `| \`${name}\` | ${says} | ${args.join(", ")} |`;
  });
  return ["| command | asks to | arguments |", "|---|---|---|", ...rows].join("\n");
}

const fenced = (language: string, text: string): string => `\`\`\`${language}\n${text}\n\`\`\``;

const shownCbor = (payload: object, bytes: Uint8Array): string =>
  `${fenced("js", readable({ v: 1, ...payload }))}\n\n${fenced("text", wrapped(hexOf(bytes)))}`;

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

const wrapped = (text: string): string => (text.match(/.{1,128}/g) ?? []).join("\n");

/** A payload as a person reads it, one key a line; bytes and arrays of floats by what they are. */
function readable(payload: object): string {
  const lines = Object.entries(payload).map(([key, value]) => `  ${key}: ${readableValue(value)},`);
  return ["{", ...lines, "}"].join("\n");
}

function readableValue(value: unknown): string {
  if (value instanceof Float32Array) return `float32[${Array.from(value).join(", ")}]`;
  if (value instanceof Uint8Array) return `bytes(${value.length}) ${hexOf(value.subarray(0, 16))}…`;
  if (Array.isArray(value)) return `[${value.map(readableValue).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(
    ([key, entry]) => `${/^[a-z]\w*$/i.test(key) ? key : JSON.stringify(key)}: ${readableValue(entry)}`,
  );
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}
