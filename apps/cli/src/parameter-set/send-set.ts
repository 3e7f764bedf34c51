import { randomBytes } from "node:crypto";
import { BadInputError, Seconds } from "@ohmwork/core";
import { connectMqtt, type Credentials, type MqttConnection, systemClock } from "@ohmwork/runtime";
import {
  type Birth,
  clientIdOf,
  clockSkewMilliseconds,
  decode,
  encode,
  messages,
  parseTopic,
  type Reported,
  type Signer,
  signUpdate,
  topicFilterOf,
  topicOf,
} from "@ohmwork/wire";
import type { SetFile } from "./read-set-file.ts";

export type SendSetOptions = {
  readonly fleet: string;
  readonly broker: string;
  readonly credentials?: Credentials;
  readonly signer: Signer;
  readonly to: { readonly device: string } | { readonly group: string };
  readonly set: SetFile;
  readonly discardLocal: boolean;
  /** How long to wait for what becomes of it. */
  readonly seconds: number;
  readonly signal: AbortSignal;
  readonly onNote: (line: string) => void;
};

/** What became of an update at one device. */
export type Sent = {
  readonly device: string;
  readonly version: number;
  readonly set: string;
  readonly state: "good" | "refused" | "rolled-back" | "overtaken" | "no-answer";
  readonly reason?: string;
  readonly detail?: string;
  readonly probe?: Reported["probe"];
};

/** How long the broker may take to say what it has retained. */
const hearSeconds = Seconds(3);
const lookSeconds = Seconds(0.1);
const connectSeconds = Seconds(10);

type Heard = { readonly births: Map<string, Birth>; readonly reported: Map<string, Reported> };

/**
 * Sends one update to each of some devices and waits for what they say; from those that say nothing it is taken back.
 *
 * @throws BadInputError when the device, or anybody in the group, was never heard of at this broker
 * @throws BrokerUnreachableError when no broker answers
 */
export async function sendSet(options: SendSetOptions): Promise<Sent[]> {
  const { fleet, broker, credentials, signal, onNote, seconds } = options;
  const clientId = clientIdOf({ fleet, trainer: `send-${randomBytes(6).toString("hex")}` });
  const proof = credentials !== undefined && { credentials };
  await using connection = connectMqtt(broker, { clientId, ...proof, sessionSeconds: Seconds(0), onTrouble: onNote });
  const heard: Heard = { births: new Map(), reported: new Map() };
  await listen(connection, fleet, heard);
  await connection.whenConnected(connectSeconds, signal);
  const devices = await findDevices(options, heard);
  const sent = await Promise.all(devices.map((device) => publish(device, options, connection, heard)));
  for (const { device, version } of sent) onNote(`Sent version ${version} to ${device}, waiting for what becomes of it`);
  const until = systemClock.monotonic() + seconds;
  const answers = sent.map((one) => answerOf(one, heard));
  while (answers.includes(undefined) && systemClock.monotonic() < until) {
    await systemClock.sleep(lookSeconds, signal);
    for (const [i, one] of sent.entries()) answers[i] ??= answerOf(one, heard);
  }
  return await Promise.all(
    sent.map(async (one, i) => {
      const answer = answers[i];
      if (answer !== undefined) return { ...one, ...answer };
      await connection.publish(topicOf({ kind: "desired", fleet, device: one.device }), new Uint8Array(), messages.desired);
      return { ...one, state: "no-answer" as const, detail: `Nothing came within ${seconds} s, and it was taken back` };
    }),
  );
}

async function listen(connection: MqttConnection, fleet: string, { births, reported }: Heard): Promise<void> {
  await connection.subscribe(topicFilterOf(fleet, "birth"), (topic, payload) => {
    const [address, birth] = [parseTopic(topic), decode("birth", payload)];
    if (address.ok && "device" in address.value && birth.ok) births.set(address.value.device, birth.value);
  });
  await connection.subscribe(topicFilterOf(fleet, "reported"), (topic, payload) => {
    const [address, said] = [parseTopic(topic), decode("reported", payload)];
    if (address.ok && "device" in address.value && said.ok) reported.set(address.value.device, said.value);
  });
}

/** What is retained comes one by one: one device is there when it is heard, a group when its time is over. */
async function findDevices({ to, fleet, signal }: SendSetOptions, { births, reported }: Heard): Promise<string[]> {
  const until = systemClock.monotonic() + hearSeconds;
  const isComplete = (): boolean => "device" in to && births.has(to.device) && reported.has(to.device);
  while (!isComplete() && systemClock.monotonic() < until) await systemClock.sleep(lookSeconds, signal);
  const isMeant = ([device, { groups = [] }]: [string, Birth]): boolean =>
    "device" in to ? device === to.device : groups.includes(to.group);
  const devices = [...births].filter(isMeant).map(([device]) => device);
  if (devices.length > 0) return devices.toSorted();
  const whom = "device" in to ? `device ${to.device}` : `a device of group ${to.group}`;
  throw new BadInputError(`The broker has never heard of ${whom} of fleet ${fleet}`);
}

async function publish(
  device: string,
  { fleet, set, signer, discardLocal, seconds }: SendSetOptions,
  connection: MqttConnection,
  { births, reported }: Heard,
): Promise<Pick<Sent, "device" | "version" | "set">> {
  const birth = births.get(device) as Birth;
  const said = reported.get(device);
  const current = said?.current?.sha256 ?? birth.parameters.sha256;
  const { id, bytes } = await set.sealFor({ ports: birth.ports, ...(current !== undefined && { current }) });
  const version = Math.max(said?.trusted ?? 0, birth.parameters.version ?? 0) + 1;
  const signedAt = Math.floor(systemClock.now());
  const signed = await signUpdate(
    {
      fleet,
      target: { device },
      version,
      set: bytes,
      discardLocal,
      requires: [],
      signedAt,
      expires: signedAt + Math.ceil(seconds * 1000) + clockSkewMilliseconds,
    },
    signer,
  );
  const isOut = await connection.publish(
    topicOf({ kind: "desired", fleet, device }),
    encode("desired", signed),
    messages.desired,
  );
  if (!isOut) throw new BadInputError(`The broker did not take the update for ${device}: is this a trainer of the fleet?`);
  return { device, version, set: id };
}

function answerOf(
  { device, version }: Pick<Sent, "device" | "version">,
  { reported }: Heard,
): Omit<Sent, "device" | "version" | "set"> | undefined {
  const said = reported.get(device);
  if (said === undefined) return undefined;
  const { state, trusted, reason, detail, probe } = said;
  if (said.version === version && said.rollout === undefined) {
    if (state !== "good" && state !== "refused" && state !== "rolled-back") return undefined;
    return {
      state,
      ...(reason !== undefined && { reason }),
      ...(detail !== undefined && { detail }),
      ...(probe !== undefined && { probe }),
    };
  }
  return trusted > version ? { state: "overtaken", detail: `It trusts version ${trusted} now` } : undefined;
}
