import { bench16Build, bench16Netlist } from "@ohmwork/bench-16";
import { parseNetwork } from "@ohmwork/circuit";
import { recordMeasured, scaled } from "@ohmwork/core/testing";
import { describe, expect, it } from "vitest";
import { openBoardLink } from "../link/board-link.ts";
import { steppedPort } from "../link/stepped-port.ts";
import { createVirtualBoard } from "../virtual/virtual-board.ts";
import type { WiringFault } from "../virtual/wiring-fault.ts";
import { createBoardSystem } from "./board-system.ts";
import { wiringOf } from "./board-wiring.ts";
import { type BenchFinding, diagnoseBench } from "./diagnose-bench.ts";

async function diagnose(seed: number, ...faults: WiringFault[]): Promise<BenchFinding[]> {
  await using board = createVirtualBoard({ seed, faults });
  const port = steppedPort(board);
  await using link = openBoardLink(port, { clock: port.clock });
  return await diagnoseBench(link); // before the link is disposed of
}

const seeds = Array.from({ length: scaled(10) }, (_, i) => i + 1);

it("diagnoseBench() finds nothing wrong with benches of good parts", async (context) => {
  for (const seed of seeds) expect(await diagnose(seed), `seed ${seed}`).toEqual([]);
  recordMeasured(context, "healthy benches without a finding", seeds.length);
});

it("diagnoseBench() leaves wipers where they stood", async () => {
  await using board = createVirtualBoard({ seed: 2 });
  const port = steppedPort(board);
  await using link = openBoardLink(port, { clock: port.clock });
  const network = parseNetwork(bench16Netlist);
  await using system = createBoardSystem({
    link,
    network,
    wiring: wiringOf(bench16Build, network),
    rule: { kind: "sign", contrast: "symmetric", eta: 77, gain: 0, tolerance: 300, averages: 1 },
    seed: 1,
    start: (random) => 100 + random.below(50),
  });
  await system.parameters();
  const before = board.taps();
  expect(await diagnoseBench(link)).toEqual([]);
  expect(board.taps()).toEqual(before);
  expect(new Set(before).size).toBeGreaterThan(4);
});

describe("diagnoseBench() names", () => {
  const edges = ["x0-out", "h1-out", "ground-h0", "x3-h1", "supply-out"];
  const cases: Record<string, readonly WiringFault[]> = {
    "an open edge": edges.map((edge) => ({ kind: "open-edge", edge })),
    "two swapped edges": (
      [
        ["x0-out", "x1-out"],
        ["x2-out", "h0-out"],
        ["x0-h0", "x3-h1"],
        ["ground-h0", "supply-h0"],
        ["ground-out", "supply-h1"],
      ] as const
    ).map((both) => ({ kind: "swapped-edges", edges: both })),
    "a dead pot": edges.map((edge) => ({ kind: "dead-pot", edge })),
    "a shorted node": (
      [
        ["h0", "h1"],
        ["h0", "out"],
        ["out", "ground"],
        ["x0", "x1"],
        ["h1", "supply"],
      ] as const
    ).map(([node, to]) => ({ kind: "shorted-node", node, to })),
    "a missing chip select": ["U1", "U3", "U4", "U6", "U8"].map((pot) => ({ kind: "missing-chip-select", pot })),
  };
  for (const [what, faults] of Object.entries(cases)) {
    it(what, async (context) => {
      for (const [seed, fault] of faults.entries()) {
        expect(
          (await diagnose(seed + 1, fault)).map((finding) => finding.fault),
          JSON.stringify(fault),
        ).toEqual([fault]);
      }
      recordMeasured(context, `${what}, named`, faults.length);
    });
  }
});
