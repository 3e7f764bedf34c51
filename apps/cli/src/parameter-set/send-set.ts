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
 * Sends one update to each of some devices and waits for what they say; from those that say nothing it is taken back, also where the
 * signal or an error ends the waiting.
 *
 * @throws BadInputError when the device, or anybody in the group, was never heard of at this broker
 * @throws BadInputError when the set does not fit one of them; nobody is sent it then
 * @throws BrokerUnreachableError when no broker answers
 * @throws AbortedError when the signal fires
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
  // All of them before one is out: a device that the set does not fit keeps it from all.
  const updates = await Promise.all(devices.map((device) => prepare(device, options, heard)));
  const publish = (device: string, payload: Uint8Array): Promise<boolean> =>
    connection.publish(topicOf({ kind: "desired", fleet, device }), payload, messages.desired);
  let answers: ReturnType<typeof answerOf>[] = updates.map(() => undefined);
  try {
    const areOut = await Promise.all(updates.map(({ device, payload }) => publish(device, payload)));
    const refused = updates[areOut.indexOf(false)];
    if (refused !== undefined)
      throw new BadInputError(`The broker did not take the update for ${refused.device}: is this a trainer of the fleet?`);
    for (const { device, version } of updates) onNote(`Sent version ${version} to ${device}, waiting for what becomes of it`);
    const until = systemClock.monotonic() + seconds;
    for (;;) {
      answers = updates.map((one, i) => answers[i] ?? answerOf(one, heard));
      if (!answers.includes(undefined) || systemClock.monotonic() >= until) break;
      await systemClock.sleep(lookSeconds, signal);
    }
  } finally {
    // Nobody is to take it once nobody waits any more, whatever ended the waiting.
    await Promise.all(updates.filter((_, i) => answers[i] === undefined).map(({ device }) => publish(device, new Uint8Array())));
  }
  const silent = { state: "no-answer", detail: `Nothing came within ${seconds} s, and it was taken back` } as const;
  return updates.map(({ device, version, set }, i) => ({ device, version, set, ...(answers[i] ?? silent) }));
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

/** The update for one device, signed; nothing is sent. */
async function prepare(
  device: string,
  { fleet, set, signer, discardLocal, seconds }: SendSetOptions,
  { births, reported }: Heard,
): Promise<Pick<Sent, "device" | "version" | "set"> & { readonly payload: Uint8Array }> {
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
  return { device, version, set: id, payload: encode("desired", signed) };
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
