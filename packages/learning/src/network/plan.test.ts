import { describe, expect, it } from "vitest";
import { bentPorts, bentTwin } from "../testing/bent-device.ts";
import type { Layer } from "./layer.ts";
import { type PhysicalPart, planNetwork } from "./plan.ts";
import { drawParameters } from "./segment.ts";

const bent: PhysicalPart = { ...bentPorts(3), twin: bentTwin(3), width: 3 };
const plan = (...layers: Layer[]): ReturnType<typeof planNetwork> => planNetwork({ inputs: 3, layers }, { bent });

describe("planNetwork()", () => {
  it("gives every parameter its place in one vector", () => {
    const { layers, segments, outputs, parameters } = plan(
      { kind: "linear", outputs: 6 },
      { kind: "rows-of", width: 3 },
      { kind: "physical", system: "bent", start: [{ mean: 9 }] },
      { kind: "rows-of", width: 6 },
      { kind: "normalise", over: "all" },
      { kind: "gain", start: 2 },
    );
    expect(segments.map(({ name, offset, size }) => [name, offset, size])).toEqual([
      ["0/weight", 0, 18],
      ["0/bias", 18, 6],
      ["2/matrix", 24, 9],
      ["4/mean", 33, 1],
      ["4/factor", 34, 1],
      ["5/gain", 35, 1],
    ]);
    expect([outputs, parameters]).toEqual([6, 36]);
    expect(layers.map(({ width, factor }) => `${factor} × ${width}`)).toEqual([
      "1 × 6",
      "2 × 3",
      "2 × 3",
      "1 × 6",
      "1 × 6",
      "1 × 6",
    ]);
    // A start beyond the window of its port is held at its end.
    expect([...drawParameters(segments, 1).subarray(24)]).toEqual([4, 4, 4, 4, 4, 4, 4, 4, 4, 0, 1, 2]);
  });

  it("draws each parameter from a stream of its own", () => {
    const scale: Layer = { kind: "rescale", scale: { deviation: 1 }, shift: { deviation: 1 } };
    const [one, two] = [plan(scale), plan(scale, { kind: "linear", outputs: 2 })].map(({ segments }) =>
      drawParameters(segments, 5),
    );
    expect(two?.subarray(0, 6)).toEqual(one);
    expect(new Set(one).size).toBe(6);
  });

  const mistakes: readonly (readonly [string, Layer[]])[] = [
    [
      "Layer 1 (physical): bent takes 3 inputs, 4 come",
      [
        { kind: "pad", width: 4 },
        { kind: "physical", system: "bent" },
      ],
    ],
    ['Layer 0 (physical): no system is called "toString", expected one of bent', [{ kind: "physical", system: "toString" }]],
    ['Layer 0 (add-kept): nothing was kept as "x"', [{ kind: "add-kept", name: "x" }]],
    [
      'Layer 2 (add-kept): "x" has 1 × 3 values, 3 × 1 come',
      [
        { kind: "keep", name: "x" },
        { kind: "rows-of", width: 1 },
        { kind: "add-kept", name: "x" },
      ],
    ],
    ["Layer 0 (pad): must be 3 wide or wider: 2 given", [{ kind: "pad", width: 2 }]],
    ["Layer 0 (select): must lie within 3 values: 1 to 4 given", [{ kind: "select", from: 1, to: 4 }]],
    ["Layer 0 (rows-of): cannot make rows of 2 values of rows of 3", [{ kind: "rows-of", width: 2 }]],
    ["Layer 0 (rows-of): leaves 0.5 of a row for every row of inputs, expected whole rows", [{ kind: "rows-of", width: 6 }]],
    ["Layer 0 (windows): cannot cut 3 values into 4 windows", [{ kind: "windows", count: 4, of: "values" }]],
    ["Layer 0 (linear): gives 0 values, expected a whole number of 1 or more", [{ kind: "linear", outputs: 0 }]],
    ["Layer 0 (repeat): gives 4.5 values, expected a whole number of 1 or more", [{ kind: "repeat", times: 1.5 }]],
    ["Layer 0 (to-ports): has windows of 2 and 2 ports, 3 values come", [{ kind: "to-ports", min: [0, 0], max: [1, 1] }]],
    ["Network ends with 3 rows of scores for every row of inputs, expected 1", [{ kind: "rows-of", width: 1 }]],
  ];
  for (const [message, layers] of mistakes) {
    it(`refuses in one line: ${message}`, () => expect(() => plan(...layers)).toThrow(new RangeError(message)));
  }

  it("refuses positions that a window cannot have", () => {
    const part = { ...bent, parameters: [{ name: "wiper", unit: "", size: 9, min: 0, max: Infinity, levels: 16 }] };
    expect(() => planNetwork({ inputs: 3, layers: [{ kind: "physical", system: "bent" }] }, { bent: part })).toThrow(
      new RangeError("Layer 0 (physical): wiper cannot have 16 positions from 0 to Infinity"),
    );
  });
});
