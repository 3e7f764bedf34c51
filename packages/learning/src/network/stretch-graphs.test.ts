import { createRandom } from "@ohmwork/core";
import { describe, expect, it } from "vitest";
import { bentPorts, bentTwin } from "../testing/bent-device.ts";
import { runGraph } from "../testing/run-graph.ts";
import { runStretches } from "../testing/run-stretches.ts";
import type { Layer } from "./layer.ts";
import { planNetwork } from "./plan.ts";
import { drawParameters } from "./segment.ts";
import { stretchGraphs, twinGraph } from "./stretch-graphs.ts";

const bent = { ...bentPorts(3), twin: bentTwin(3), width: 3 };
const physical: Layer = { kind: "physical", system: "bent", start: [{ deviation: 0.7 }] };
const scores: Layer = { kind: "linear", outputs: 2 };
const rows = 4;

/** Layers, and what each stretch takes over and hands on. */
const networks: Readonly<Record<string, { readonly layers: readonly Layer[]; readonly hands: readonly string[] }>> = {
  "a skip across measurements": {
    layers: [
      { kind: "keep", name: "x" },
      physical,
      { kind: "tanh" },
      { kind: "keep", name: "y" },
      physical,
      { kind: "add-kept", name: "x" },
      { kind: "keep", name: "z" },
      physical,
      { kind: "add-kept", name: "y" },
      { kind: "add-kept", name: "z" },
      scores,
    ],
    hands: [" → x", "x → x,y", "x,y → y,z", "y,z → "],
  },
  "rows cut for a measurement and put together behind it": {
    layers: [
      { kind: "linear", outputs: 9 },
      { kind: "keep", name: "x" },
      { kind: "rows-of", width: 3 },
      physical,
      { kind: "rows-of", width: 9 },
      { kind: "add-kept", name: "x" },
      scores,
    ],
    hands: [" → x", "x → "],
  },
  "one measurement after the other": { layers: [physical, physical, scores], hands: [" → ", " → ", " → "] },
  "a name kept twice": {
    layers: [
      { kind: "keep", name: "x" },
      physical,
      { kind: "keep", name: "x" },
      physical,
      { kind: "add-kept", name: "x" },
      scores,
    ],
    hands: [" → x", "x → x", "x → "],
  },
};

describe("stretchGraphs()", () => {
  for (const [what, { layers, hands }] of Object.entries(networks)) {
    it(`comes with a twin for a device to what the whole network through its twins gives: ${what}`, async () => {
      const plan = planNetwork({ inputs: 3, layers }, { bent });
      const stretches = stretchGraphs(plan, rows);
      expect(stretches.map(({ takes, gives }) => `${takes.join()} → ${gives.join()}`)).toEqual(hands);
      const { normal } = createRandom(1, "rows of a test");
      const values = Float32Array.from({ length: rows * 3 }, normal);
      const parameters = drawParameters(plan.segments, 1);
      const whole = await runGraph(twinGraph(plan, rows), { parameters, values });
      const found = await runStretches(plan, rows, { parameters, values }, bent.twin);
      expect(found.scores).toEqual(whole["scores"]);
      expect(found.scores.some((value) => Math.abs(value) > 0.1)).toBe(true);
    });
  }
});
