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

const { circuit, roles } = parseNetwork(bench16Netlist);
const edges = circuit.edges.map(({ name }) => name);
const rails = [...roles.grounds, ...roles.rails];
const pairs = <T>(list: readonly T[]): [T, T][] =>
  list.flatMap((first, i) => list.slice(i + 1).map((second): [T, T] => [first, second]));
/** As many of all as the run has time for, spread evenly. */
const some = <T>(all: readonly T[]): T[] => {
  const count = Math.min(all.length, Math.max(3, scaled(all.length)));
  return Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)] as T);
};
const seeds = some(Array.from({ length: 40 }, (_, i) => i + 1));

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
  const cases: Record<string, readonly WiringFault[]> = {
    "an open edge": edges.map((edge) => ({ kind: "open-edge", edge })),
    "two swapped edges": pairs(edges).map((both) => ({ kind: "swapped-edges", edges: both })),
    "a dead pot": edges.map((edge) => ({ kind: "dead-pot", edge })),
    "a shorted node": pairs(circuit.nodes)
      .map(([a, b]) => (rails.includes(a) ? { node: b, to: a } : { node: a, to: b }))
      .filter(({ node }) => !rails.includes(node))
      .map((ends) => ({ kind: "shorted-node", ...ends })),
    "a missing chip select": bench16Build.chipSelects.map(({ component }) => ({ kind: "missing-chip-select", pot: component })),
  };
  for (const [what, all] of Object.entries(cases)) {
    const faults = some(all);
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
