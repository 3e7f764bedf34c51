import { AbortedError, type Batch, createBatch, DeadlineExceededError, type PhysicalSystem, PortRangeError } from "@ohmwork/core";
import { describe, expect, it } from "vitest";
import { planNetwork } from "../network/plan.ts";
import type { PhysicalLayer } from "../network/walk.ts";
import { bentPorts, bentTwin, createBentDevice } from "../testing/bent-device.ts";
import { askDevice, type Asked, type Asking } from "./ask-device.ts";

const part = { ...bentPorts(2), twin: bentTwin(2), width: 2 };
const plan = planNetwork({ inputs: 2, layers: [{ kind: "physical", system: "bent" }] }, { bent: part });
const layer = plan.layers[0] as PhysicalLayer;
const parameters = Float32Array.of(1, -0.5, 0.25, 2);
const drive = createBatch(Float32Array.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1), [5, 2]);

type Watched = PhysicalSystem & { readonly heard: string[] };

/** A device that writes down what it hears, and may be told to throw at a call. */
function watched(throws: (heard: number) => Error | undefined = () => undefined, largestBatch = 4096): Watched {
  const device = createBentDevice(2, Float32Array.of(1, 1, 1, 1));
  const heard: string[] = [];
  return {
    ...device,
    heard,
    traits: { ...device.traits, largestBatch },
    program(values, call) {
      heard.push("program");
      return device.program(values, call);
    },
    async respond(inputs, call) {
      heard.push(`${call?.id}: ${inputs.shape[0]} rows`);
      const error = throws(heard.length);
      if (error !== undefined) throw error;
      return device.respond(inputs, call);
    },
  };
}

const nobody = (): Asking => ({ programmed: new Map(), stops: "Training stopped at step 7", step: 6 });
const ask = (device: PhysicalSystem, of: Batch = drive, asking: Asking = nobody()): Promise<Asked> =>
  askDevice(device, layer, { parameters, drive: of, id: "1" }, asking);
const late = (): Error => new DeadlineExceededError("An answer of the device", 1);

describe("askDevice()", () => {
  it("programs a device only when it holds other parameters", async () => {
    const [device, asking] = [watched(), nobody()];
    for (const own of [parameters, parameters.slice(), parameters.with(2, 1)])
      await askDevice(device, layer, { parameters: own, drive, id: "1" }, asking);
    expect(device.heard).toEqual(["program", "1: 5 rows", "1: 5 rows", "program", "1: 5 rows"]);
  });

  it("knows a device under any name", async () => {
    const [device, asking] = [watched(), nobody()];
    const other: PhysicalLayer = { ...layer, system: "bent too" };
    const call = { drive, id: "1" };
    await askDevice(device, layer, { ...call, parameters }, asking);
    await askDevice(device, other, { ...call, parameters: parameters.with(0, 2) }, asking);
    const { answer } = await askDevice(device, layer, { ...call, parameters }, asking);
    expect(answer).toEqual((await ask(watched())).answer);
  });

  it("shows a device no more rows at once than it takes, and puts the answers together", async () => {
    const whole = await ask(watched());
    const device = watched(undefined, 2);
    const parts = await ask(device);
    expect(device.heard).toEqual(["program", "1/0: 2 rows", "1/2: 2 rows", "1/4: 1 rows"]);
    expect(parts).toEqual(whole);
    expect(whole.evaluations).toBe(5);
  });

  it("makes a call again that failed, under its id, after programming the device anew", async () => {
    const device = watched((heard) => (heard === 2 || heard === 4 ? late() : undefined));
    const { answer, retries } = await ask(device);
    expect(device.heard).toEqual(["program", "1: 5 rows", "program", "1: 5 rows", "program", "1: 5 rows"]);
    expect(retries).toBe(2);
    expect(answer).toEqual((await ask(watched())).answer);
  });

  it("gives up after three tries in one line", async () => {
    await expect(ask(watched(late))).rejects.toMatchObject({
      code: "training-failed",
      message:
        "Training stopped at step 7: the device failed 3 times, the last time with: An answer of the device did not happen within 1 s",
      details: { step: 6 },
    });
  });

  it("does not repeat a call that is itself wrong", async () => {
    const beyond = new PortRangeError("Port drive[0] was given 9 V: expected 0 to 1 V", {
      port: "drive",
      index: 0,
      value: 9,
      min: 0,
      max: 1,
    });
    for (const error of [beyond, new RangeError("Inputs must have 3 values a row: 2 given")]) {
      const device = watched(() => error);
      await expect(ask(device)).rejects.toBe(error);
      expect(device.heard).toHaveLength(2);
    }
  });

  it("does not repeat a call when it is told to stop, whatever the device makes of that", async () => {
    const stop = new AbortController();
    const device = watched(() => {
      stop.abort();
      return late();
    });
    await expect(ask(device, drive, { ...nobody(), signal: stop.signal })).rejects.toThrow(AbortedError);
    expect(device.heard).toHaveLength(2);
  });

  it("does not show a device a row that is no number", async () => {
    const whole = await ask(watched());
    for (const odd of [Number.NaN, Infinity]) {
      const device = watched(undefined, 3);
      const { answer, evaluations } = await ask(device, createBatch(drive.data.with(3, odd), drive.shape));
      expect(device.heard).toEqual(["program", "1/0: 3 rows", "1/3: 1 rows"]);
      expect(answer).toEqual({ ...whole.answer, data: whole.answer.data.with(2, Number.NaN).with(3, Number.NaN) });
      expect(evaluations).toBe(4);
    }
    const device = watched();
    const nothing = await ask(device, createBatch(new Float32Array(10).fill(Number.NaN), drive.shape));
    expect(nothing).toEqual({ answer: createBatch(new Float32Array(10).fill(Number.NaN), [5, 2]), evaluations: 0, retries: 0 });
    expect(device.heard).toEqual([]);
  });
});
