import { differentiate, encodeModel, loadModel, tensor } from "@ohmwork/autograd";
import { testRuntime } from "@ohmwork/autograd/testing";
import { startNgspice } from "@ohmwork/circuit/testing";
import { type Batch, batchOf, type PhysicalSystem } from "@ohmwork/core";
import { recordMeasured } from "@ohmwork/core/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { fitTwin } from "./fit-twin.ts";
import type { FitProgress } from "./fitting.ts";
import { readSpiceDeck } from "./spice-deck.ts";
import { createSpiceSystem, type SpiceEngine } from "./spice-system.ts";

/** Two drives that meet behind resistors at a node with two diodes against each other, and a knob between them. */
const clipper = `Clipper
.param a=0 b=0 knob=0.5
V1 in1 0 {a}
V2 in2 0 {b}
R1 in1 mid {1k+9k*knob}
R2 in2 mid {1k+9k*(1-knob)}
D1 mid 0 diode
D2 0 out diode
R3 mid out 2k
R4 out 0 10k
.model diode D(IS=1e-9 N=1.8)
.op
.end
`;
const volts = { unit: "V", min: -3, max: 3 };
const ports = {
  inputs: [
    { name: "a", parameter: "a", ...volts },
    { name: "b", parameter: "b", ...volts },
  ],
  parameters: [{ name: "knob", parameter: "knob", unit: "1", min: 0, max: 1 }],
  outputs: [
    { name: "mid", vector: "v(mid)", ...volts },
    { name: "out", vector: "v(out)", ...volts },
  ],
};

let engine: SpiceEngine;
beforeAll(async () => {
  vi.spyOn(console, "error").mockImplementation(() => {}); // where ngspice tells how it got there
  engine = await startNgspice();
});
afterAll(() => {
  vi.restoreAllMocks();
});

const circuit = (netlist: string, wiring: object): PhysicalSystem =>
  createSpiceSystem(readSpiceDeck(netlist, JSON.stringify(wiring)), engine);

describe("fitTwin()", () => {
  it("finds what a deck of diodes does, and which way it goes from anywhere", async (context) => {
    await using system = circuit(clipper, ports);
    const { twin, error, measured } = await fitTwin(system, {
      runtime: testRuntime,
      seed: 1,
      rows: 400,
      hidden: [32, 32],
      steps: 2000,
      rate: 0.02,
    });
    recordMeasured(context, "fitted twin of a diode clipper, error of unseen rows [%]", 100 * error);
    expect(measured).toBe(500);
    expect(error).toBeLessThan(0.05);

    const graph = differentiate(loadModel(twin.model), { of: "outputs", by: ["inputs", "parameters"], vjp: true });
    await using session = await testRuntime.load(encodeModel(graph));
    let inner = 0;
    const sizes = [0, 0];
    for (const [a, b, knob] of [
      [1, -2, 0.3],
      [-1, 2.5, 0.6],
      [0.5, 0.2, 0.8],
      [-2, -0.5, 0.5],
    ] as const) {
      const answer = await session.run({
        inputs: tensor("float32", [1, 2], [a, b]),
        parameters: tensor("float32", [1], [knob]),
        cotangent_outputs: tensor("float32", [1, 2], [1, 0.5]),
      });
      const slope = [...(answer["grad_inputs"]?.data ?? []), ...(answer["grad_parameters"]?.data ?? [])].map(Number);
      const score = async (moved: readonly number[]): Promise<number> => {
        await system.program(Float32Array.of(moved[2] as number));
        const { stages } = await system.respond(batchOf([moved.slice(0, 2)]));
        const [mid, out] = (stages["outputs"] as Batch).data as unknown as readonly [number, number];
        return mid + 0.5 * out;
      };
      for (const k of [0, 1, 2]) {
        const at = (by: number): number[] => [a, b, knob].map((value, i) => (i === k ? value + by : value));
        const wanted = ((await score(at(0.02))) - (await score(at(-0.02)))) / 0.04;
        inner += wanted * (slope[k] as number);
        sizes[0] = (sizes[0] as number) + wanted ** 2;
        sizes[1] = (sizes[1] as number) + (slope[k] as number) ** 2;
      }
    }
    const cosine = inner / Math.sqrt((sizes[0] as number) * (sizes[1] as number));
    recordMeasured(context, "its slope against the deck's [cos]", cosine);
    expect(cosine).toBeGreaterThan(0.98);
  });

  it("is exact where the deck is linear, and needs no parameters", async () => {
    const netlist = "Divider\n.param a=0\nV1 in 0 {a}\nR1 in out 1k\nR2 out 0 3k\n.op\n.end\n";
    const wiring = { inputs: ports.inputs.slice(0, 1), parameters: [], outputs: ports.outputs.slice(1) };
    await using system = circuit(netlist, wiring);
    const { twin, error } = await fitTwin(system, {
      runtime: testRuntime,
      seed: 1,
      rows: 64,
      hidden: [4],
      steps: 2000,
      rate: 0.03,
    });
    expect(error).toBeLessThan(0.01);
    await using session = await testRuntime.load(twin.model);
    const { outputs } = await session.run({ inputs: tensor("float32", [2, 1], [2, -1]) });
    expect(outputs?.data[0]).toBeCloseTo(1.5, 1);
    expect(outputs?.data[1]).toBeCloseTo(-0.75, 1);
  });

  it("is not fitted to what is no number", async () => {
    await using system = circuit(clipper, ports);
    const blind: PhysicalSystem = {
      ...system,
      respond: async (inputs, call) => {
        const measured = await system.respond(inputs, call);
        const { data, shape } = measured.stages["outputs"] as Batch;
        return { ...measured, stages: { outputs: { data: data.with(3, Number.NaN), shape } } };
      },
    };
    const fitting = fitTwin(blind, { runtime: testRuntime, seed: 1, rows: 64, hidden: [4], steps: 20 });
    await expect(fitting).rejects.toThrow("Pairs for a twin have outputs of NaN in row 1: expected numbers");
  });

  it("is one fit for one seed, and stops when it is told to", async () => {
    await using system = circuit(clipper, ports);
    const options = { runtime: testRuntime, seed: 2, rows: 64, hidden: [4], steps: 20 };
    const told: FitProgress[] = [];
    const { twin } = await fitTwin(system, { ...options, onProgress: (progress) => told.push(progress) });
    expect(told).toHaveLength(11); // ten settings of eight rows, and the end of the fit
    expect(told.slice(-2)).toEqual([
      { stage: "measures", done: 80, all: 80 },
      { stage: "fits", done: 20, all: 20 },
    ]);
    expect((await fitTwin(system, options)).twin.sha256).toBe(twin.sha256);
    expect((await fitTwin(system, { ...options, seed: 3 })).twin.sha256).not.toBe(twin.sha256);
    await expect(fitTwin(system, { ...options, signal: AbortSignal.abort() })).rejects.toThrow("was stopped before its end");
    await expect(fitTwin(system, { ...options, rows: 63 })).rejects.toThrow(RangeError);
  });
});
