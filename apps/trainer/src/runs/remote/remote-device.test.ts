import {
  AbortedError,
  type Batch,
  batchOf,
  createRandom,
  DeadlineExceededError,
  type PhysicalSystem,
  type Revision,
  Seconds,
} from "@ohmwork/core";
import { physicalSystemContract, randomPortValues } from "@ohmwork/core/testing";
import { connectMqtt, startEmbeddedBroker, systemClock } from "@ohmwork/runtime";
import { requireMosquitto, startMosquitto } from "@ohmwork/runtime/testing";
import { createPlate, createShg } from "@ohmwork/systems";
import { createSigner } from "@ohmwork/wire";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { type DeviceHost, type DeviceHostOptions, startDeviceHost } from "../../testing/device-host.ts";
import { createExchanges } from "./exchanges.ts";
import { openRemoteDevice, type RemoteDeviceOptions } from "./remote-device.ts";
import { requestIdOf } from "./request-id.ts";

const fleet = "home";
const device = "crystal-1";
const createCrystal = (seed = 3): PhysicalSystem => createShg({ seed, gapScale: 0.5 });

type Fixture = { readonly remote: PhysicalSystem; readonly host: DeviceHost; readonly sequences: number[] };

/** A device far away, and the handle on it. */
async function fixture(
  system: PhysicalSystem,
  more: Partial<DeviceHostOptions> = {},
  options: Partial<RemoteDeviceOptions> & {
    readonly largestBatch?: number;
    readonly broker?: (typeof brokers)[number]["start"];
  } = {},
): Promise<Fixture> {
  const broker = await (options.broker ?? (() => startEmbeddedBroker({ port: 0 })))();
  const signer = await createSigner(new Uint8Array(32).fill(7));
  const host = await startDeviceHost({ broker: broker.url, fleet, device, system, keys: [signer.publicKey], ...more });
  const connection = connectMqtt(broker.url, { clientId: "trainer" });
  await connection.whenConnected(Seconds(5));
  onTestFinished(async () => {
    await connection.close();
    await host[Symbol.asyncDispose]();
    await broker[Symbol.asyncDispose]();
  });
  const { ports, stages, traits } = system;
  const physics = { ports, ownPorts: ports, stages, largestBatch: options.largestBatch ?? 64, repeatable: traits.repeatable };
  const exchanges = createExchanges({ connection, fleet, clock: systemClock });
  const sequences: number[] = [];
  const nextSequence = async (): Promise<number> => sequences.push(sequences.length + 1);
  const remote = await openRemoteDevice({
    fleet,
    device,
    run: "run-1",
    physics,
    exchanges,
    signer,
    clock: systemClock,
    nextSequence,
    patienceSeconds: Seconds(0.2),
    limitSeconds: Seconds(5),
    ...options,
  });
  return { remote, host, sequences };
}

const brokers = [
  { name: "the embedded broker", start: () => startEmbeddedBroker({ port: 0 }), requires: (): void => undefined },
  { name: "mosquitto", start: () => startMosquitto(), requires: requireMosquitto },
];

/** Every parameter times the input. */
function createWideSystem(size: number): PhysicalSystem {
  const port = { unit: "1", min: -10, max: 10 };
  let set: Float32Array = new Float32Array(size);
  let revision = 0;
  return {
    ports: {
      inputs: [{ ...port, name: "factor", size: 1 }],
      parameters: [{ ...port, name: "value", size }],
      outputs: [{ ...port, name: "product", size }],
    },
    traits: { repeatable: true, remote: false, largestBatch: 64 },
    stages: [{ name: "product", width: size }],
    program: async (values) => {
      set = values.slice();
      revision += 1;
      return revision as Revision;
    },
    respond: async ({ data }) => {
      const product = Float32Array.from({ length: data.length * size }, (_, i) => {
        return (set[i % size] as number) * (data[Math.floor(i / size)] as number);
      });
      return { revision: revision as Revision, stages: { product: { data: product, shape: [data.length, size] } } };
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

const parametersOf = ({ ports }: PhysicalSystem, seed: number): Float32Array =>
  Float32Array.from(randomPortValues(ports.parameters, createRandom(seed, "parameters")));
const inputsOf = ({ ports }: PhysicalSystem, rows: number): Batch => {
  const random = createRandom(1, "inputs");
  return batchOf(Array.from({ length: rows }, () => randomPortValues(ports.inputs, random)));
};

describe("openRemoteDevice()", () => {
  it.each(physicalSystemContract("Remote", async (seed) => (await fixture(createCrystal(seed))).remote))(
    "$name",
    async ({ run }) => {
      await expect(run()).resolves.toBeUndefined();
    },
  );

  it("measures what the device itself measures, in as many requests as it takes", async () => {
    const { remote, host, sequences } = await fixture(createCrystal(), {}, { largestBatch: 5 });
    const local = createCrystal();
    const values = parametersOf(local, 1);
    await remote.program(values);
    const inputs = inputsOf(local, 12);
    const { stages } = await remote.respond(inputs, { id: "batch" });
    await local.program(values);
    const width = inputs.shape[1] as number;
    const expected: number[] = [];
    for (const [n, from] of [0, 5, 10].entries()) {
      const rows = inputs.data.slice(from * width, Math.min(12, from + 5) * width);
      const id = host.measurements[n]?.request as string;
      const part = await local.respond({ data: rows, shape: [rows.length / width, width] }, { id });
      expected.push(...(part.stages["spectra"] as Batch).data);
    }
    expect([...(stages["spectra"] as Batch).data]).toEqual(expected);
    expect(sequences).toEqual([1]);
    expect(host.counts()).toEqual({ questions: 3, measured: 3, refused: {} });
  });

  it("asks again under the same id for what was lost, and the device measures it once", async () => {
    const lost = ["question", "answer", undefined, "answer", "answer"] as const;
    const { remote, host } = await fixture(createCrystal(), { loses: (n) => lost[n] }, { largestBatch: 4 });
    await remote.program(parametersOf(remote, 1));
    await remote.respond(inputsOf(remote, 8), { id: "batch" });
    const ids = host.measurements.map(({ request }) => request);
    expect(new Set(ids).size).toBe(2);
    expect(ids).toHaveLength(2);
    expect(host.counts().questions).toBeGreaterThan(4);
  });

  it("sends lease and values again to a device that started anew", async () => {
    const { remote, host, sequences } = await fixture(createCrystal());
    await remote.program(parametersOf(remote, 1));
    await remote.respond(inputsOf(remote, 2), { id: "1" });
    host.restart();
    await remote.respond(inputsOf(remote, 2), { id: "2" });
    expect(host.counts().refused).toEqual({ "no-lease": 1, "lease-ended": 1 });
    expect(sequences).toEqual([1, 2]);
  });

  it("takes longer leases for a device whose clock is ahead, until one is not over yet", async () => {
    const { remote, host, sequences } = await fixture(createCrystal(), { skewMilliseconds: 600_000 });
    await remote.program(parametersOf(remote, 1));
    await remote.respond(inputsOf(remote, 2), { id: "1" });
    expect(host.counts().refused).toEqual({ expired: 3 });
    expect(sequences).toEqual([1, 2, 3, 4]);
  });

  it("takes no refusal of an earlier try for the last word", async () => {
    // Every question comes four times, as after a link that was held up: three old refusals follow each new lease.
    const { remote, host } = await fixture(createCrystal(), { skewMilliseconds: 1_150_000, echoes: 3 });
    await remote.program(parametersOf(remote, 1));
    await remote.respond(inputsOf(remote, 2), { id: "1" });
    expect(host.counts().measured).toBe(1);
  });

  it("works with a device whose clock is behind", async () => {
    const { remote, host } = await fixture(createCrystal(), { skewMilliseconds: -600_000 });
    await remote.program(parametersOf(remote, 1));
    await remote.respond(inputsOf(remote, 2), { id: "1" });
    expect(host.counts().refused).toEqual({});
  });

  it("asks as often as it takes for messages to be short", async () => {
    const { remote, host } = await fixture(createPlate({ seed: 1 }));
    const rows = 300; // of 392 numbers: 470 kB
    const { stages } = await remote.respond(inputsOf(remote, rows), { id: "long" });
    expect(Object.values(stages)[0]?.shape[0]).toBe(rows);
    expect(host.measurements.map((one) => one.rows)).toEqual([64, 64, 64, 64, 44]);
  });

  describe.each(brokers)("over $name", ({ start, requires }) => {
    beforeEach((context) => requires(context));
    it("sends in parts what does not fit into a message, both ways", async () => {
      const wide = 50_000; // of 4 bytes each
      const { remote, host } = await fixture(createWideSystem(wide), {}, { broker: start });
      const values = Float32Array.from({ length: wide }, (_, i) => i / wide);
      await remote.program(values);
      const { stages } = await remote.respond(batchOf([[2], [3]]), { id: "wide" });
      const expected = [2, 3].flatMap((input) => Array.from(values, (value) => Math.fround(value * input)));
      expect(stages["product"]?.data).toEqual(Float32Array.from(expected));
      expect(host.counts()).toEqual({ questions: 2, measured: 2, refused: {} });
    });
  });

  it("says what the device refuses, and that it is silent", async () => {
    const stranger = await createSigner(new Uint8Array(32).fill(8));
    const refusing = await fixture(createCrystal(), {}, { signer: stranger });
    await expect(refusing.remote.respond(inputsOf(refusing.remote, 1))).rejects.toThrow(
      expect.objectContaining({ code: "device-refused", details: { device, reason: "unsigned" } }),
    );
    const silent = await fixture(createCrystal(), { loses: () => "question" }, { limitSeconds: Seconds(0.5) });
    await expect(silent.remote.respond(inputsOf(silent.remote, 1))).rejects.toThrow(DeadlineExceededError);
    const stop = new AbortController();
    const asked = silent.remote.respond(inputsOf(silent.remote, 1), { signal: stop.signal });
    stop.abort();
    await expect(asked).rejects.toThrow(AbortedError);
  });
});

describe("requestIdOf()", () => {
  it("names a request by call, parameters and inputs", () => {
    const id = requestIdOf("a", "p", Float32Array.of(1, 2));
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(requestIdOf("a", "p", Float32Array.of(0, 1, 2).subarray(1))).toBe(id);
    const others = [requestIdOf("b", "p", Float32Array.of(1, 2)), requestIdOf("a", "q", Float32Array.of(1, 2))];
    expect(new Set([id, ...others, requestIdOf("a", "p", Float32Array.of(1, 3))]).size).toBe(4);
  });
});
