import { bench16Build, bench16Netlist } from "@ohmwork/bench-16";
import { parseNetwork } from "@ohmwork/circuit";
import { createRandom } from "@ohmwork/core";
import { describe, expect, it } from "vitest";
import { openBoardLink } from "../link/board-link.ts";
import { steppedPort } from "../link/stepped-port.ts";
import { createVirtualBoard } from "../virtual/virtual-board.ts";
import type { BenchFault } from "./bench-fault.ts";
import { createBenchModel } from "./bench-model.ts";
import { wiringOf } from "./board-wiring.ts";
import { benchParts } from "./diagnose-bench.ts";
import { findFaults } from "./find-faults.ts";
import { type BenchMeasurements, measureBench } from "./measure-bench.ts";

const network = parseNetwork(bench16Netlist);
const parts = benchParts(bench16Build, network);

async function healthyMeasurements(): Promise<BenchMeasurements> {
  await using board = createVirtualBoard({ seed: 7 });
  const port = steppedPort(board);
  await using link = openBoardLink(port, { clock: port.clock });
  return await measureBench(link, parts, wiringOf(bench16Build, network)); // before the link is disposed of
}
const healthy = await healthyMeasurements();

/** What a bench with these faults would measure, with resistances 5 % apart and readings 2 mV off. */
function measuredWith(faults: readonly BenchFault[], seed: number): BenchMeasurements {
  const random = createRandom(seed, "find-faults test");
  const scales = Float64Array.from(network.circuit.edges, () => 1 + 0.05 * random.normal());
  const readings = createBenchModel(parts, faults)
    .predict(healthy.trials, scales)
    .map((volts) => volts + 2e-3 * random.normal());
  return { ...healthy, readings };
}

describe("findFaults() names", () => {
  const cases: readonly BenchFault[][] = [
    [],
    [{ kind: "undriven-source", node: "x1" }],
    [{ kind: "swapped-sources", nodes: ["x0", "x3"] }],
    [{ kind: "swapped-readings", nodes: ["x1", "out"] }],
    [{ kind: "swapped-chip-selects", pots: ["U2", "U6"] }],
    [{ kind: "misplaced-wire", edge: "x2-h0", terminal: "W", node: "x1" }],
    [{ kind: "misplaced-wire", edge: "ground-h1", terminal: "B", node: "out" }],
    [
      { kind: "open-edge", edge: "x0-out" },
      { kind: "open-edge", edge: "x3-h1" },
    ],
    [
      { kind: "dead-pot", edge: "h0-out" },
      { kind: "swapped-edges", edges: ["x0-out", "x1-out"] },
    ],
  ];
  for (const faults of cases) {
    it(faults.length === 0 ? "nothing" : faults.map((fault) => JSON.stringify(fault)).join(" and "), () => {
      for (const seed of [1, 2, 3]) {
        const found = findFaults(parts, measuredWith(faults, seed));
        expect(found).toHaveLength(faults.length);
        expect(found).toEqual(expect.arrayContaining(faults));
      }
    });
  }

  it("a clamp that moves no wiper, or moves them the wrong way", () => {
    for (const by of [0, -1]) {
      const clampTrials = healthy.clampTrials.map((trial) => ({ ...trial, moves: trial.moves.map((move) => by * move) }));
      expect(findFaults(parts, { ...healthy, clampTrials })).toEqual([{ kind: "no-clamp", node: "out" }]);
    }
  });

  it("a DAC that is silent, and what no single fault explains", () => {
    expect(findFaults(parts, { ...healthy, silentDac: 2 })).toEqual([{ kind: "silent-dac", chip: 2 }]);
    const random = createRandom(1, "nonsense");
    const readings = healthy.readings.map((volts, i) => (i % network.circuit.nodes.length === 8 ? 5 * random.uniform() : volts));
    expect(findFaults(parts, { ...healthy, readings }).at(-1)).toMatchObject({ kind: "unexplained", node: "out" });
  });
});
