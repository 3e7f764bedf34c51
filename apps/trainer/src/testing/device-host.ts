import { createBatch, type PhysicalSystem, Seconds, widthOf } from "@ohmwork/core";
import { connectMqtt, systemClock } from "@ohmwork/runtime";
import {
  type Birth,
  checkLease,
  checkRespond,
  createReassembler,
  decode,
  encode,
  hashOfPorts,
  hashOfValues,
  type Lease,
  longestMessageBytes,
  messages,
  openLease,
  parseTopic,
  payloadLimitBytes,
  type Respond,
  type Responded,
  splitMessage,
  topicFilterOf,
  topicOf,
  trustKeys,
} from "@ohmwork/wire";

export type DeviceHostOptions = {
  readonly broker: string;
  readonly fleet: string;
  readonly device: string;
  readonly system: PhysicalSystem;
  /** Public keys of those whose leases count. */
  readonly keys: readonly Uint8Array[];
  /** What the device's clock is ahead by [ms]. @default 0 */
  readonly skewMilliseconds?: number;
  /** Whether the n-th question (from 0) or its answer is lost on the way. @default none is */
  readonly loses?: (n: number) => "question" | "answer" | undefined;
  /** How often each question comes again behind itself. @default 0 */
  readonly echoes?: number;
  readonly groups?: readonly string[];
};

/** A device of a fleet that does nothing but measure under leases, and counts. */
export interface DeviceHost extends AsyncDisposable {
  readonly birth: Birth;
  /** Questions that came, and those of them that were measured. */
  counts(): { readonly questions: number; readonly measured: number; readonly refused: Readonly<Record<string, number>> };
  /** In their order. */
  readonly measurements: readonly {
    readonly request: string;
    readonly run: string;
    readonly lease: number;
    readonly rows: number;
  }[];
  /** Forgets leases and values, as a new start does. */
  restart(): void;
}

/** Serves a system as an agent does that is asked to measure: for tests of what is at the near end. */
export async function startDeviceHost(options: DeviceHostOptions): Promise<DeviceHost> {
  const { fleet, device, system, loses = () => undefined, skewMilliseconds = 0, echoes = 0, groups } = options;
  const connection = connectMqtt(options.broker, { clientId: `host-${device}` });
  const keys = await trustKeys(options.keys);
  const portsHash = await hashOfPorts(system.ports);
  const parts = createReassembler();
  const refused: Record<string, number> = {};
  const measurements: { request: string; run: string; lease: number; rows: number }[] = [];
  const started = systemClock.monotonic();
  let values = new Map<string, Float32Array>();
  let lease: Lease | undefined;
  let trusted: { number: number; digest: string } | undefined;
  let lastSigned = { at: 0, since: started };
  let answers = new Map<string, Responded>();
  let questions = 0;

  const moment = (): { now: number; clockSynchronised: true; lastSignedAt: number; sinceLastSigned: number } => ({
    now: systemClock.now() + skewMilliseconds,
    clockSynchronised: true,
    lastSignedAt: lastSigned.at,
    sinceLastSigned: (systemClock.monotonic() - lastSigned.since) * 1000,
  });

  const grant = async (signed: NonNullable<Respond["grant"]>): Promise<{ reason: string; detail: string } | undefined> => {
    const opened = await openLease(signed, keys);
    if (!opened.ok) return opened;
    const place = { fleet, device, parameters: system.ports.parameters, portsHash };
    const verdict = checkLease(opened.value, { ...place, ...moment(), ...(trusted !== undefined && { trusted }) });
    if (verdict.verdict === "refused") return verdict;
    if (verdict.verdict === "known")
      return lease === undefined ? { reason: "lease-ended", detail: "The lease ended" } : undefined;
    trusted = verdict.trusted;
    lease = opened.value.lease;
    lastSigned = { at: verdict.lastSignedAt, since: systemClock.monotonic() };
    return undefined;
  };

  const answer = async (asked: Respond): Promise<Responded> => {
    const head = { request: asked.request, run: asked.run, boot: "host" };
    const refuse = ({ reason, detail }: { reason: string; detail: string }): Responded => {
      refused[reason] = (refused[reason] ?? 0) + 1;
      return { ...head, ok: false, reason, detail };
    };
    const known = answers.get(`${asked.run}/${asked.request}`);
    if (known !== undefined) return known;
    const problem = asked.grant === undefined ? undefined : await grant(asked.grant);
    if (problem !== undefined) return refuse(problem);
    const context = { ports: system.ports, largestBatch: system.traits.largestBatch, known: (hash: string) => values.get(hash) };
    const checked = await checkRespond(asked, { ...context, ...moment(), ...(lease !== undefined && { lease }) });
    if (!checked.ok) return refuse(checked);
    values.set(await hashOfValues(checked.value), checked.value);
    if (checked.value.length > 0) await system.program(checked.value);
    const inputs = createBatch(asked.inputs, [asked.rows, widthOf(system.ports.inputs)]);
    const { stages, revision } = await system.respond(inputs, { id: asked.request });
    const measured = Object.fromEntries(Object.entries(stages).map(([name, { data }]) => [name, data]));
    measurements.push({ request: asked.request, run: asked.run, lease: asked.lease, rows: asked.rows });
    const given: Responded = { ...head, ok: true, parameters: asked.parameters, revision, measured, rows: asked.rows };
    answers.set(`${asked.run}/${asked.request}`, given);
    if (answers.size > 32) answers.delete(answers.keys().next().value as string);
    return given;
  };

  const publish = async (given: Responded): Promise<void> => {
    const address = { kind: "responded", fleet, device } as const;
    const bytes = encode("responded", given, longestMessageBytes);
    if (bytes.length <= payloadLimitBytes) return void (await connection.publish(topicOf(address), bytes, messages.responded));
    for (const [part, payload] of (await splitMessage(bytes, given.request)).entries())
      await connection.publish(topicOf({ ...address, part }), payload, messages.responded);
  };

  let turn: Promise<void> = Promise.resolve();
  const take = (bytes: Uint8Array): void => {
    const asked = decode("respond", bytes, longestMessageBytes);
    if (!asked.ok) return;
    const lost = loses(questions);
    questions += 1;
    if (lost === "question") return;
    turn = turn.then(async () => {
      for (let echo = 0; echo <= echoes; echo += 1) {
        const given = await answer(asked.value);
        if (lost !== "answer") await publish(given);
      }
    });
  };
  let taking: Promise<void> = Promise.resolve();
  const receive = (topic: string, payload: Uint8Array): void => {
    const bytes = payload.slice();
    taking = taking.then(async () => {
      const address = parseTopic(topic);
      if (!address.ok || !("part" in address.value)) return take(bytes);
      const whole = await parts.accept("trainer", bytes, systemClock.monotonic() * 1000);
      if (whole.ok && whole.value !== undefined) take(whole.value);
    });
  };

  await connection.whenConnected(Seconds(10));
  await connection.subscribe(topicFilterOf(fleet, "respond", { device }), receive);
  await connection.subscribe(topicFilterOf(fleet, "respond", { device, parts: true }), receive);
  const birth: Birth = {
    boot: "host",
    versions: {},
    system: "simulation",
    rule: "none",
    task: "none",
    ports: system.ports,
    stages: system.stages,
    largestBatch: system.traits.largestBatch,
    repeatable: system.traits.repeatable,
    parameters: { revision: 0 },
    outbox: { depth: 0, oldest: 1, dropped: 0 },
    capabilities: ["respond"],
    ...(groups !== undefined && { groups }),
  };
  const status = encode("status", { state: "online", boot: "host" });
  await connection.publish(topicOf({ kind: "status", fleet, device }), status, messages.status);
  await connection.publish(topicOf({ kind: "birth", fleet, device }), encode("birth", birth), messages.birth);
  return {
    birth,
    measurements,
    counts: () => ({ questions, measured: measurements.length, refused: { ...refused } }),
    restart: () => {
      lease = undefined;
      values = new Map();
      answers = new Map();
    },
    [Symbol.asyncDispose]: async () => {
      await taking;
      await turn;
      await connection.close();
    },
  };
}
