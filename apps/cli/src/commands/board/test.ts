import { BenchFaultyError, type BenchStep, diagnoseBench } from "@ohmwork/firmware-bridge";
import { runUntilSignal } from "@ohmwork/runtime";
import type { CommandDef } from "citty";
import { openBoard } from "../../open-board.ts";
import { createOutput } from "../../output.ts";
import { strictCommand } from "../../strict-command.ts";
import { boardArgs, boardHeader, chosenBoard, firmwareText } from "./board-options.ts";

const STEPS: Readonly<Record<BenchStep, string>> = {
  "chip selects": "every chip is selected, and its wipers are read back",
  sources: "every DAC drives its node, and the converter reads it",
  edges: "one wiper after the other, both ends of every edge",
  clamp: "the clamp takes the output up and down",
};

export const test: CommandDef = strictCommand({
  name: "board test",
  description: "Walk over a bench step by step, and say which wire is wrong",
  args: boardArgs,
  run: async (options) => {
    const output = createOutput(options.json === true);
    const chosen = chosenBoard(options);
    await using opened = await openBoard(chosen.name, chosen.seed);
    const firmware = firmwareText(opened.link.identity);
    output.note(`hello: firmware ${firmware}`);
    const onStep = (step: BenchStep): void => output.note(`${step}: ${STEPS[step]}`);
    const findings = await runUntilSignal((signal) => diagnoseBench(opened.link, { onStep, signal }));
    const lines = findings.length === 0 ? ["Nothing is wrong with this bench"] : findings.map(({ text }) => text);
    output.result({ ...boardHeader("test", chosen), firmware, passed: findings.length === 0, findings }, lines);
    if (findings.length === 0) return;
    const faults = findings.length === 1 ? "1 fault" : `${findings.length} faults`;
    throw new BenchFaultyError(`Bench on ${chosen.name} has ${faults}`, { findings: findings.length });
  },
});
