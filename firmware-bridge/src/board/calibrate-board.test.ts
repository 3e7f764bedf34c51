import { bench16Build, bench16Netlist } from "@ohmwork/bench-16";
import { parseNetwork } from "@ohmwork/circuit";
import { batchOf } from "@ohmwork/core";
import { expect, it } from "vitest";
import { openBoardLink } from "../link/board-link.ts";
import { steppedPort } from "../link/stepped-port.ts";
import { createVirtualBoard } from "../virtual/virtual-board.ts";
import type { WiringFault } from "../virtual/wiring-fault.ts";
import { createBoardSystem } from "./board-system.ts";
import { wiringOf } from "./board-wiring.ts";
import { calibrateBoard } from "./calibrate-board.ts";
import type { BoardRule } from "./reference-step.ts";

const network = parseNetwork(bench16Netlist);
const rule: BoardRule = { kind: "tick-probability", contrast: "free-clamped", eta: 128, gain: 6400, tolerance: 0, averages: 1 };

it("calibrateBoard() asks nothing of the chips that they cannot do, and leaves a board that learns", async () => {
  await using board = createVirtualBoard({ seed: 7 });
  const port = steppedPort(board);
  await using link = openBoardLink(port, { clock: port.clock });
  const offsets = await calibrateBoard(link);
  expect(offsets.length).toBeGreaterThan(0);
  expect(board.faultsSeen()).toEqual([]);

  const wiring = wiringOf(bench16Build, network);
  await using system = createBoardSystem({ link, network, wiring, rule, seed: 1, start: () => 120 });
  const errors: number[] = [];
  const lesson = { inputs: batchOf([[1, 2, 3, 4, 0, 5]]), labels: batchOf([[1]]) };
  for await (const { error } of system.learn(lesson.inputs, lesson.labels, { steps: 300, reportEvery: 100 })) errors.push(error);
  expect(errors.at(-1) as number).toBeLessThan(0.5 * (errors[0] as number));
  expect(board.faultsSeen()).toEqual([]);
});

const faulty: readonly (readonly [fault: WiringFault, message: string])[] = [
  [
    { kind: "shorted-node", node: "x1", to: "ground" },
    "Board on virtual finds the DAC at x1 off by more than 127 codes, so a wire or a chip is wrong there or beside it",
  ],
  [
    { kind: "missing-chip-select", pot: "U3" },
    "Board on virtual refused READ 00: wiper 0 of potentiometer chip 3 (edge 4) does not answer",
  ],
];
for (const [fault, message] of faulty) {
  it(`calibrateBoard() says in words that a bench is wrong: ${fault.kind}`, async () => {
    await using board = createVirtualBoard({ seed: 7, faults: [fault] });
    const port = steppedPort(board);
    await using link = openBoardLink(port, { clock: port.clock });
    await expect(calibrateBoard(link)).rejects.toMatchObject({ code: "board-refused", message });
  });
}
