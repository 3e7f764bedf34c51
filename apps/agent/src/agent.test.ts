import { AbortedError, Seconds } from "@ohmwork/core";
import { createFakeClock, recordGuarantee } from "@ohmwork/core/testing";
import { createFakeBroker, createFakeDisk, createFakeLearner, createSumTask } from "@ohmwork/runtime/testing";
import { createSigner, decode, encode, hashOfPorts, type Sample, sealParameterSet, signUpdate, trustKeys } from "@ohmwork/wire";
import { describe, expect, it } from "vitest";
import { type Agent, type AgentOptions, createAgent } from "./agent.ts";
import type { LearningDevice } from "./device.ts";
import { agentWill } from "./presence.ts";
import { openSlotStore } from "./slots/slot-store.ts";
import { createSqliteOutbox } from "./sqlite-outbox.ts";

const rows: [number, number][] = [
  [1, 2],
  [2, 1],
  [3, 3],
  [0, 1],
];

const createDevice = (steps = 2000): LearningDevice => ({
  fleet: "home",
  id: "d1",
  system: createFakeLearner(),
  systemName: "fake learner",
  ruleName: "Widrow-Hoff",
  task: createSumTask(rows),
  steps,
  seed: 1,
});

function fixture(options: Partial<AgentOptions> = {}): {
  broker: ReturnType<typeof createFakeBroker>;
  connection: ReturnType<ReturnType<typeof createFakeBroker>["connect"]>;
  clock: ReturnType<typeof createFakeClock>;
  agent: Agent;
  samples: Sample[];
  troubles: string[];
  acknowledge: (upTo: number) => Promise<boolean>;
} {
  const broker = createFakeBroker();
  const connection = broker.connect();
  const clock = createFakeClock(1000);
  const samples: Sample[] = [];
  const troubles: string[] = [];
  const observer = broker.connect();
  void observer.subscribe("ohmwork/v1/home/d1/sample", (_, payload) => {
    const sample = decode("sample", payload);
    if (sample.ok) samples.push(sample.value);
  });
  const agent = createAgent({
    device: createDevice(),
    boot: "b1",
    connection,
    clock,
    onTrouble: (message) => troubles.push(message),
    ...options,
  });
  const acknowledge = (upTo: number): Promise<boolean> =>
    observer.publish("ohmwork/v1/home/d1/ack", encode("ack", { upTo: { b1: upTo, other: 99 } }), { qos: 1, retain: false });
  return { broker, connection, clock, agent, samples, troubles, acknowledge };
}

/** Lets everything that is due without the passing of time happen. */
const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe("createAgent()", () => {
  it("announces itself, retained, and says goodbye", async () => {
    const { agent, broker } = fixture();
    await agent.start();
    await settle();
    const read = (kind: "status" | "birth"): unknown =>
      decode(kind, broker.retained(`ohmwork/v1/home/d1/${kind}`) ?? new Uint8Array(0));
    expect(read("status")).toEqual({ ok: true, value: { state: "online", boot: "b1" } });
    expect(read("birth")).toMatchObject({
      ok: true,
      value: {
        boot: "b1",
        rule: "Widrow-Hoff",
        task: "sum",
        outbox: { depth: 0, oldest: 1, dropped: 0 },
        ports: { outputs: [{ name: "outputs" }] },
        stages: [{ name: "outputs", width: 1 }],
        largestBatch: 16,
        repeatable: true,
      },
    });
    await agent.stop();
    expect(read("status")).toEqual({ ok: true, value: { state: "offline", boot: "b1" } });
  });

  it("learn() learns in place, and measures every test row after that", async () => {
    const { agent, samples } = fixture();
    await agent.start();
    const result = await agent.learn();
    await settle();
    expect(result.score).toBeLessThan(0.01);
    expect(samples.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    expect(samples.map(({ inputs }) => [...inputs])).toEqual(rows);
    expect(samples[2]?.measured["outputs"]?.[0]).toBeCloseTo(2.25, 2);
    expect(samples[2]?.label).toEqual(Float32Array.of(2.25));
    expect(samples[0]).toMatchObject({ id: "b1-1", at: 1000, task: "sum", clockSynchronised: false });
  });

  it("publishes a report and one sample each time progressSeconds have passed", async () => {
    const clock = createFakeClock();
    const reported: number[] = [];
    const { agent, samples } = fixture({
      clock,
      ackSeconds: Seconds(1000),
      device: createDevice(5000),
      onLearn: () => void clock.advance(Seconds(0.6)),
      onProgress: ({ step }) => reported.push(step),
    });
    await agent.start();
    await agent.learn();
    await settle();
    expect(reported).toEqual([1000, 2000, 3000, 4000, 5000]);
    expect(samples.length).toBe(4 + 4);
    expect(samples[0]?.revision).toBe(1000);
  });

  it("learns without a broker, and delivers when there is one", async () => {
    const { agent, connection, samples, troubles } = fixture();
    await agent.start();
    connection.cut();
    const { score } = await agent.learn();
    expect(score).toBeLessThan(0.01);
    expect(samples).toEqual([]);
    expect(agent.outbox().depth).toBe(4);
    expect(troubles).toEqual(["The broker is gone: learning goes on, 0 samples wait in memory"]);
    connection.link();
    await settle();
    expect(samples.length).toBe(4);
  });

  it("sends again what was on its way when the link broke, as soon as there is another", async () => {
    const { agent, connection, samples, acknowledge } = fixture();
    await agent.start();
    await agent.learn();
    await acknowledge(1);
    await settle();
    connection.cut();
    connection.link();
    await settle();
    expect(samples.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 2, 3, 4]); // at a standing clock
  });

  it("sends again what no acknowledgement came for, after its birth has said what it let go of", async () => {
    const { agent, broker, clock, samples, troubles, acknowledge } = fixture();
    await agent.start();
    await agent.learn();
    await acknowledge(2);
    await clock.advance(Seconds(5)); // an acknowledgement came within these
    await settle();
    expect(samples.length).toBe(4);
    await clock.advance(Seconds(5));
    await settle();
    await settle();
    expect(samples.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 3, 4]);
    expect(decode("birth", broker.retained("ohmwork/v1/home/d1/birth") ?? new Uint8Array(0))).toMatchObject({
      value: { outbox: { depth: 2, oldest: 3 } },
    });
    expect(troubles).toEqual(["No trainer acknowledges: 2 samples wait in memory and are sent again"]);
  });

  it("drops new samples, and says so once, when the outbox is full", async (context) => {
    const troubles: string[] = [];
    const onTrouble = (message: string): void => void troubles.push(message);
    using outbox = createSqliteOutbox({ file: ":memory:", boot: "b1", mostSamples: 3, onTrouble });
    const { agent, samples, acknowledge } = fixture({ outbox });
    await agent.start();
    await agent.learn();
    expect(agent.outbox()).toEqual({ depth: 3, oldest: 1, dropped: 1 });
    await acknowledge(3);
    await agent.learn();
    await settle();
    expect(samples.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(troubles[0]).toBe("The outbox is full (3 samples): new ones are dropped until a trainer acknowledges");
    expect(troubles.length).toBe(2);
    recordGuarantee(context, { guarantee: "P5", fault: "an agent that learns on while its outbox is full", count: 2 });
  });

  it("stop() waits for acknowledgements, and says what was lost at its limit", async () => {
    const { agent, clock, troubles, acknowledge } = fixture();
    await agent.start();
    await agent.learn();
    await acknowledge(1);
    let stopped = false;
    const stopping = agent.stop(Seconds(2)).then(() => (stopped = true));
    await settle();
    expect(stopped).toBe(false);
    await clock.advance(Seconds(2));
    await stopping;
    expect(troubles).toEqual(["3 samples were never acknowledged and are lost: the outbox is in memory"]);
  });

  it("stop() ends with the last acknowledgement", async () => {
    const { agent, troubles, acknowledge } = fixture();
    await agent.start();
    await agent.learn();
    const stopping = agent.stop(Seconds(1000));
    await acknowledge(4);
    await stopping;
    expect(troubles).toEqual([]);
  });

  it("learn() and stop() wait for no broker that answers nothing", async () => {
    const silent = createFakeBroker().connect();
    const { agent, clock } = fixture({ connection: { ...silent, connected: true, publish: () => new Promise(() => undefined) } });
    await agent.start();
    expect((await agent.learn()).score).toBeLessThan(0.01);
    const stopping = agent.stop(Seconds(0));
    await clock.advance(Seconds(0));
    await settle();
    await clock.advance(Seconds(2));
    await stopping;
  }, 5000);

  it("learn() ends early where there is nothing left to learn", async () => {
    const { agent } = fixture({ device: { ...createDevice(100_000), reportEvery: 50, goodEnough: 1e-3 } });
    await agent.start();
    const { steps, score } = await agent.learn();
    expect(score).toBeLessThan(1e-3);
    expect(steps).toBeLessThan(10_000);
    expect(steps % 50).toBe(0);
  });

  it("learn() stops when its signal has fired", async () => {
    const { agent } = fixture();
    await agent.start();
    await expect(agent.learn(AbortSignal.abort())).rejects.toBeInstanceOf(AbortedError);
  });

  it("takes updates between two reports while it learns, says what became of them, and keeps what it learned", async () => {
    const trainer = await createSigner(new Uint8Array(32).fill(1));
    const slots = openSlotStore(createFakeDisk().folder);
    const keys = await trustKeys([trainer.publicKey]);
    const clock = createFakeClock(1000);
    const { agent, broker } = fixture({ clock, updates: { slots, keys }, onLearn: () => void clock.advance(Seconds(0.6)) });
    await agent.start();
    const { ports } = createFakeLearner();
    const { bytes } = await sealParameterSet({
      values: Float32Array.of(0.5, 0.25),
      encoding: "volts",
      classes: [],
      ports: await hashOfPorts(ports),
      twins: {},
      origin: "update",
      madeAt: 900,
    });
    const update = { fleet: "home", target: { device: "d1" }, version: 1, set: bytes, discardLocal: true, requires: ["update"] };
    const signed = await signUpdate({ ...update, signedAt: 900, expires: 1e6 }, trainer);
    const learning = agent.learn();
    const topic = "ohmwork/v1/home/d1/desired";
    await broker.connect().publish(topic, encode("desired", signed), { qos: 1, retain: true });
    const read = (kind: "reported" | "birth"): unknown =>
      decode(kind, broker.retained(`ohmwork/v1/home/d1/${kind}`) ?? new Uint8Array(0));
    expect((await learning).score).toBeLessThan(0.01);
    await settle();
    expect(read("reported")).toMatchObject({ value: { state: "good", version: 1, trusted: 1, boot: "b1" } });
    expect(read("birth")).toMatchObject({
      value: { capabilities: ["learn", "update", "respond"], parameters: { version: 1, sha256: slots.active()?.id } },
    });
    // It went on learning from the update.
    expect(slots.active()?.origin).toBe("local");
  });

  it("refuses a device whose name is not an id", () => {
    expect(() => fixture({ device: { ...createDevice(), id: "D/1" } })).toThrow(RangeError);
    expect(agentWill({ fleet: "home", id: "d1" }, "b1").topic).toBe("ohmwork/v1/home/d1/status");
  });
});
