import { dirname, join, resolve } from "node:path";
import { loadDeviceConfig, runAgent } from "@ohmwork/agent";
import { AbortedError, BadInputError, OhmworkError, Seconds } from "@ohmwork/core";
import { createExperiment, evaluate } from "@ohmwork/recipes";
import { loadCredentials, runUntilSignal, systemClock } from "@ohmwork/runtime";
import type { CommandDef } from "citty";
import { deviceOf, resultOfDevice } from "../device-of.ts";
import { learnedLines, learnedResult, scoreText } from "../learned-result.ts";
import { createOutput } from "../output.ts";
import { type OnBoard, onBoardLine, openBoardOrSimulation } from "../open-board.ts";
import { createProgressView } from "../progress-view.ts";
import { stateFolder } from "../state-folder.ts";
import { strictCommand } from "../strict-command.ts";

const args = {
  config: { type: "positional", required: true, description: "Device config as YAML; docs/device-config.md describes the keys" },
  board: { type: "string", valueHint: "name", description: "Takes the place of port: in the config" },
  state: {
    type: "string",
    default: "ohmwork-state",
    valueHint: "folder",
    description: "Where the device keeps what must survive the process",
  },
  exit: { type: "boolean", description: "End when learning is done and its samples are acknowledged, or cannot be" },
  json: { type: "boolean", description: "Print one line of JSON at the end" },
} as const;

const run: CommandDef = strictCommand({
  name: "agent",
  description: "Run the device of a config: it learns where it stands and reports over MQTT",
  args,
  run: async (options) => {
    const output = createOutput(options.json === true);
    const config = loadDeviceConfig(options.config, options.board);
    const { fleet, device: id, recipe, seed, steps, progressSeconds, broker, groups, updateKeys = [] } = config;
    const credentials =
      config.credentials === undefined ? undefined : loadCredentials(resolve(dirname(options.config), config.credentials));
    const state = stateFolder(join(options.state, `${fleet}.${id}`));
    await using opened = await openBoardOrSimulation(config.port, seed);
    const experiment = ofConfig(options.config, () =>
      createExperiment(recipe, {
        seed,
        ...(steps === undefined ? {} : { steps }),
        ...(opened === undefined ? {} : { board: opened.board }),
      }),
    );
    await using _ = experiment.system;
    const { task, system } = experiment;
    const untrained = await evaluate(system, task, task.test);
    const view = createProgressView(process.stderr, `${fleet}/${id} · ${task.name} · ${experiment.rule}`, systemClock);
    const started = systemClock.monotonic();
    const boardTime = opened?.startTiming();
    let onBoard: OnBoard | undefined;
    let seconds = 0;
    const { learned, outbox } = await runUntilSignal((signal) =>
      runAgent(
        {
          device: { ...deviceOf(fleet, id, experiment), ...(groups !== undefined && { groups }) },
          updateKeys: updateKeys.map((key) => Uint8Array.from(Buffer.from(key, "hex"))),
          broker,
          ...(credentials !== undefined && { credentials }),
          state,
          exit: options.exit === true,
          ...(progressSeconds === undefined ? {} : { progressSeconds: Seconds(progressSeconds) }),
          onProgress: ({ step, error, score }) =>
            view.show({ step, steps: experiment.steps, error, ...scoreText(experiment, score ?? Number.NaN) }),
          onLearned: ({ steps: presented }) => {
            onBoard = boardTime?.(presented);
            seconds = systemClock.monotonic() - started;
            view.end();
            if (options.exit !== true) output.note("Learned; staying on the broker until Ctrl-C");
          },
          onTrouble: (message) => output.note(message),
        },
        signal,
      ),
    );
    if (learned === undefined) throw new AbortedError("Learning");
    const result = await resultOfDevice(experiment, learned, untrained.score);
    const summary = learnedResult(experiment, result, seconds);
    output.result({ ...summary, ...onBoard, fleet, device: id, outbox }, [
      ...learnedLines(experiment, summary),
      ...(onBoard === undefined ? [] : [onBoardLine(onBoard)]),
      `samples: ${outbox.depth === 0 ? "all acknowledged" : `${outbox.depth} not acknowledged`}${outbox.dropped > 0 ? `, ${outbox.dropped} dropped` : ""}`,
    ]);
    if (outbox.depth > 0) {
      throw new SamplesLostError(`${outbox.depth} samples found no trainer: they are kept in ${state}`, { depth: outbox.depth });
    }
  },
});

export const agent: CommandDef = {
  ...run,
  subCommands: { doctor: () => import("./agent-doctor.ts").then((module) => module.agentDoctor) },
};

/** A device was to deliver what it measured, and could not. */
class SamplesLostError extends OhmworkError<{ depth: number }> {
  readonly code = "samples-lost";
}

/** Names the file in what a recipe refuses of it. */
function ofConfig<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof BadInputError) throw new BadInputError(`${file}: ${error.message}`, { where: file }, { cause: error });
    throw error;
  }
}
