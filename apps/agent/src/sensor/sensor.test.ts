import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFakeClock } from "@ohmwork/core/testing";
import type { SoundGapReason } from "@ohmwork/firmware-bridge";
import { createFakeBroker, createFakeDisk, type FakeConnection } from "@ohmwork/runtime/testing";
import { CLIP_RATE, decodeWav } from "@ohmwork/tasks";
import {
  type Answer,
  type Command,
  type CommandReply,
  decode,
  encode,
  type Evidence as EvidenceMessage,
  type Label,
  messages,
  type Sample,
  trustKeys,
} from "@ohmwork/wire";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Agent, createAgent } from "../agent.ts";
import { openSlotStore } from "../slots/slot-store.ts";
import { benchStart, benchTrainer, createLeaseBench, type LeaseBench, requestOf } from "../testing/lease-bench.ts";
import { quiet, sourceOf, tone, toneDevice, toneTeller } from "../testing/tone-sensor.ts";
import { type EvidenceStore, openEvidenceStore } from "./evidence-store.ts";

type Disk = { isFull: boolean };
type Fixture = {
  readonly agent: Agent;
  readonly system: ReturnType<typeof toneTeller>;
  readonly connection: FakeConnection;
  readonly answers: Answer[];
  readonly samples: Sample[];
  readonly labels: Label[];
  readonly evidenceMessages: EvidenceMessage[];
  readonly troubles: string[];
  readonly disk: Disk;
  readonly evidence: EvidenceStore;
  readonly ask: (name: string, args?: Command["arguments"]) => Promise<CommandReply>;
};

async function fixture(options: { evidence?: "none" } = {}): Promise<Fixture> {
  const broker = createFakeBroker();
  const [connection, observer] = [broker.connect(), broker.connect()];
  const clock = createFakeClock(1000);
  const disk: Disk = { isFull: false };
  const path = mkdtempSync(join(tmpdir(), "ohmwork-sensor-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  const { writeFileSync } = await import("node:fs");
  const write = (file: string, bytes: Uint8Array): void => {
    if (disk.isFull) throw new Error("ENOSPC: no space left on device");
    writeFileSync(file, bytes);
  };
  const evidence = openEvidenceStore({ path, clock, isClockSynchronised: () => true, write });
  const [answers, samples, labels, evidenceMessages]: [Answer[], Sample[], Label[], EvidenceMessage[]] = [[], [], [], []];
  const troubles: string[] = [];
  const collect = async (kind: "answer" | "sample" | "label" | "evidence", take: (payload: Uint8Array) => void): Promise<void> =>
    observer.subscribe(`ohmwork/v1/home/d1/${kind}`, (_, payload) => take(payload));
  const into =
    <T>(list: T[], read: (payload: Uint8Array) => { ok: true; value: T } | { ok: false }) =>
    (payload: Uint8Array): void => {
      const message = read(payload);
      if (message.ok) list.push(message.value);
    };
  await collect(
    "answer",
    into(answers, (payload) => decode("answer", payload)),
  );
  await collect(
    "sample",
    into(samples, (payload) => decode("sample", payload)),
  );
  await collect(
    "label",
    into(labels, (payload) => decode("label", payload)),
  );
  await collect(
    "evidence",
    into(evidenceMessages, (payload) => decode("evidence", payload)),
  );
  const system = toneTeller();
  const slots = openSlotStore(createFakeDisk().folder, (message) => troubles.push(message));
  const agent = createAgent({
    device: toneDevice(system),
    boot: "b1",
    connection,
    clock,
    updates: { slots, keys: await trustKeys([benchTrainer.publicKey]) },
    ...(options.evidence !== "none" && { evidence }),
    onTrouble: (message) => troubles.push(message),
  });
  await agent.start();
  const ask = async (name: string, args: Command["arguments"] = {}): Promise<CommandReply> => {
    const replied = Promise.withResolvers<CommandReply>();
    await observer.subscribe(`ohmwork/v1/home/d1/command/${name}/reply`, (_, payload) => {
      const reply = decode("command-reply", payload);
      if (reply.ok) replied.resolve(reply.value);
    });
    const command = { request: "c-1", by: "anna", arguments: args, expires: 60_000 };
    await observer.publish(`ohmwork/v1/home/d1/command/${name}`, encode("command", command), messages.command);
    return replied.promise;
  };
  return { agent, system, connection, answers, samples, labels, evidenceMessages, troubles, disk, evidence, ask };
}

async function replyTo(bench: LeaseBench, name: string, args: Command["arguments"]): Promise<void> {
  const replied = Promise.withResolvers<void>();
  await bench.trainer.subscribe(`ohmwork/v1/home/d1/command/${name}/reply`, () => replied.resolve());
  const command = { request: "c-1", by: "anna", arguments: args, expires: benchStart + 60_000 };
  await bench.trainer.publish(`ohmwork/v1/home/d1/command/${name}`, encode("command", command), messages.command);
  await replied.promise;
}

const low = tone(300, 0.4);
const high = tone(2500, 0.4);
const pause = quiet(0.8);

describe("a sensor", () => {
  it("answers each sound, and sends what it measured as a sample of the same id", async () => {
    const { agent, answers, samples } = await fixture();
    const counts = await agent.hear(sourceOf(pause, low, pause, high, pause));
    expect(answers.map(({ label }) => label)).toEqual(["low", "high"]);
    // The softmax of 0.1 V and 0 V at 40 per volt.
    expect(answers[0]!.confidence).toBeCloseTo(1 / (1 + Math.exp(-4)), 6);
    expect(answers[0]).toMatchObject({ boot: "b1", task: "tones", evidence: { id: "b1-1" } });
    expect(samples.map(({ id }) => id)).toEqual(["b1-1", "b1-2"]);
    expect(Object.keys(samples[0]!.measured).toSorted()).toEqual(["envelopes", "scores"]);
    expect(samples[0]!.measured["envelopes"]![0]).toBeCloseTo(300, -2);
    expect(samples[0]!.inputs).toHaveLength(5120);
    expect(counts).toMatchObject({ answers: 2, unknown: 0, gaps: {} });
  });

  it("says unknown below its threshold", async () => {
    const system = toneTeller();
    const device = toneDevice(system);
    const doubting = { ...device, sensor: { ...device.sensor!, decision: { gainPerVolt: 40, threshold: 0.99 } } };
    const bench = await createLeaseBench({ device: () => doubting });
    expect(await bench.agent.hear(sourceOf(pause, low, pause))).toMatchObject({ answers: 1, unknown: 1 });
  });

  it("tells what its answers are one of, and what it can be asked", async () => {
    const { connection } = await fixture();
    const births: unknown[] = [];
    await connection.subscribe("ohmwork/v1/home/d1/birth", (_, payload) => void births.push(decode("birth", payload)));
    expect(births.at(-1)).toMatchObject({
      value: {
        task: "tones",
        classes: ["low", "high", "unknown"],
        capabilities: ["update", "respond", "hear", "evidence", "learn-this"],
      },
    });
  });

  it.each<SoundGapReason>(["ended", "stalled", "vanished", "busy", "overrun"])(
    "drops the sound that a gap broke off and answers the next: %s",
    async (reason) => {
      const { agent, answers, samples, troubles } = await fixture();
      const counts = await agent.hear(sourceOf(pause, low, { gap: reason }, pause, high, pause));
      expect(answers.map(({ label }) => label)).toEqual(["high"]);
      expect(samples).toHaveLength(1);
      expect(counts).toMatchObject({ answers: 1, unheard: { brokenOff: 1 }, gaps: { [reason]: 1 } });
      expect(troubles).toEqual([`Sound is missing: Gap: ${reason}`]);
    },
  );

  it("takes back what a wrong rate reached: its evidence is suspect, and nothing is learned from it", async () => {
    const { agent, evidence, labels, ask } = await fixture();
    const sound = [pause, low, pause, pause, high, pause] as const;
    const counts = await agent.hear(sourceOf(...sound, { gap: "wrong-rate", suspectSeconds: 2.1 }, quiet(1), low, pause));
    expect(counts).toMatchObject({ answers: 3, suspect: 1 });
    expect([1, 2, 3].map((n) => evidence.find(`b1-${n}`)?.evidence.suspect)).toEqual([false, true, false]);
    expect(await ask("learn-this", { evidence: "b1-2" })).toMatchObject({ ok: false, reason: "suspect" });
    expect(labels).toEqual([]);
  });

  it("gives no answer to what is too short, too long or silent, and counts it once", async () => {
    const { agent, answers } = await fixture();
    const counts = await agent.hear(
      sourceOf(pause, tone(300, 0.04), pause, tone(300, 7), pause, { gap: "ended" }, quiet(2), { gap: "stalled" }, quiet(1)),
    );
    expect(answers).toEqual([]);
    expect(counts.unheard).toEqual({ tooShort: 1, tooLong: 1, brokenOff: 0, silent: 2 });
  });

  it("says unknown of clipped sound, keeps it as evidence, and sends no sample", async () => {
    const { agent, answers, samples, evidence } = await fixture();
    const counts = await agent.hear(sourceOf(pause, tone(300, 0.4, 3), pause));
    expect(answers.map(({ label }) => label)).toEqual(["unknown"]);
    expect(counts).toMatchObject({ answers: 1, unknown: 1, clipped: 1 });
    expect(evidence.find("b1-1")?.evidence).toMatchObject({ label: "unknown", likeliest: "low" });
    expect(evidence.find("b1-1")!.evidence.clipped).toBeGreaterThan(1000);
    expect(samples).toEqual([]);
  });

  it("never gives two answers one id, though the number of a sample that was not sent comes again", async () => {
    const { agent, answers } = await fixture();
    await agent.hear(sourceOf(pause, tone(300, 0.4, 3), pause, tone(300, 0.4, 3), pause));
    await agent.hear(sourceOf(pause, low, pause));
    const ids = answers.map(({ evidence }) => evidence?.id);
    expect(new Set(ids).size).toBe(3);
  });

  it("keeps no sound and sends none when it is told so", async () => {
    const { agent, answers, samples, ask } = await fixture({ evidence: "none" });
    await agent.hear(sourceOf(pause, low, pause));
    expect(answers[0]).not.toHaveProperty("evidence");
    expect(samples).toEqual([]);
    expect(await ask("evidence")).toMatchObject({ ok: false, reason: "no-evidence" });
  });

  it("answers on a full disk, says so once, and again when there is room", async () => {
    const { agent, answers, disk, troubles } = await fixture();
    disk.isFull = true;
    await agent.hear(sourceOf(pause, low, pause, high, pause));
    disk.isFull = false;
    const counts = await agent.hear(sourceOf(pause, high, pause));
    expect(answers.map(({ label }) => label)).toEqual(["low", "high", "high"]);
    expect(counts).toMatchObject({ answers: 3, evidenceRefused: 2 });
    expect(troubles).toEqual(["Evidence cannot be written: answers go on without it", "Evidence can be written again"]);
  });

  it("gives no answer that is no number, and goes on", async () => {
    const { agent, system, answers, troubles } = await fixture();
    system.broken = true;
    await agent.hear(sourceOf(pause, low, pause, low, pause));
    system.broken = false;
    const counts = await agent.hear(sourceOf(pause, low, pause));
    expect(counts).toMatchObject({ answers: 1, failed: 2 });
    expect(answers).toHaveLength(1);
    expect(troubles).toHaveLength(1);
  });

  it("publishes the last answer when there is a broker again", async () => {
    const { agent, answers, connection } = await fixture();
    connection.cut();
    await agent.hear(sourceOf(pause, low, pause, high, pause));
    expect(answers).toEqual([]);
    connection.link();
    await expect.poll(() => answers.map(({ label }) => label)).toEqual(["high"]);
  });

  it("gives no answer while a lease has its circuit, and does so after it", async () => {
    const teller = toneTeller();
    const { rest: _, ...device } = toneDevice(teller);
    // It hears as the teller does, and is programmed as what the bench's leases are for.
    const bench = await createLeaseBench({
      device: (system) => ({
        ...device,
        system: { ...teller, ports: system.ports, program: (values) => system.program(values) },
      }),
    });
    await bench.ask(await requestOf());
    expect(bench.reported()).toHaveProperty("lease");
    expect(await bench.agent.hear(sourceOf(pause, low, pause))).toMatchObject({ answers: 0, leased: 1 });
    await replyTo(bench, "release", { run: "run-1" });
    expect(await bench.agent.hear(sourceOf(pause, low, pause))).toMatchObject({ answers: 1, leased: 1 });
  });
});

describe("the commands of a sensor", () => {
  it("evidence publishes the sound and what was measured of it", async () => {
    const { agent, evidenceMessages, ask } = await fixture();
    await agent.hear(sourceOf(pause, low, pause, pause, high, pause));
    expect(await ask("evidence", { id: "b1-1" })).toMatchObject({ ok: true, result: { id: "b1-1" } });
    expect(evidenceMessages).toHaveLength(1);
    const [{ wav, ...told }] = evidenceMessages as [EvidenceMessage];
    expect(told).toMatchObject({ request: "c-1", id: "b1-1", label: "low", clipped: 0, suspect: false });
    const sound = decodeWav(wav, { file: "b1-1.wav" });
    expect(sound.rate).toBe(CLIP_RATE);
    expect(sound.samples.length).toBeGreaterThanOrEqual(0.4 * CLIP_RATE);
    expect(Math.max(...sound.samples)).toBeCloseTo(0.3, 2);
    expect(await ask("evidence", { id: "b1-9" })).toMatchObject({ ok: false, reason: "gone" });
  });

  it("learn-this labels a sound in the name of who asked", async () => {
    const { agent, labels, ask, evidence } = await fixture();
    expect(await ask("learn-this")).toMatchObject({ ok: false, reason: "gone" });
    await agent.hear(sourceOf(pause, low, pause, pause, high, pause));
    expect(await ask("learn-this")).toMatchObject({ ok: true, result: { evidence: "b1-2", label: "high" } });
    expect(await ask("learn-this", { label: "low", evidence: "b1-2" })).toMatchObject({ ok: true });
    expect(labels).toMatchObject([
      { sample: "b1-2", label: "high", by: "anna" },
      { sample: "b1-2", label: "low", by: "anna" },
    ]);
    expect(evidence.find("b1-2")?.evidence.said).toBe("low");
    expect(await ask("learn-this", { label: "loud" })).toMatchObject({ ok: false, reason: "unknown-label" });
  });

  it("learn-this confirms nothing that was unknown", async () => {
    const { agent, ask } = await fixture();
    await agent.hear(sourceOf(pause, tone(300, 0.4, 3), pause));
    expect(await ask("learn-this")).toMatchObject({ ok: false, reason: "needs-label" });
  });

  it("learn-this asks which sound is meant when two came within a second: a label must not go to the other one", async () => {
    const { agent, labels, ask } = await fixture();
    await agent.hear(sourceOf(pause, low, quiet(0.4), high, pause));
    expect(await ask("learn-this", { label: "low" })).toMatchObject({ ok: false, reason: "ambiguous" });
    expect(labels).toEqual([]);
    expect(await ask("learn-this", { label: "low", evidence: "b1-1" })).toMatchObject({ ok: true });
    expect(labels).toMatchObject([{ sample: "b1-1", label: "low" }]);
  });
});
