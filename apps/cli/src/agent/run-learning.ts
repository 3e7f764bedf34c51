import { runAgent } from "@ohmwork/agent";
import { AbortedError, BadInputError, OhmworkError, Seconds } from "@ohmwork/core";
import { createExperiment, evaluate } from "@ohmwork/recipes";
import { runUntilSignal, systemClock } from "@ohmwork/runtime";
import { deviceOf, resultOfDevice } from "../device-of.ts";
import { learnedLines, learnedResult, scoreText } from "../learned-result.ts";
import type { OnBoard } from "../open-board.ts";
import { createProgressView } from "../progress-view.ts";
import type { AgentRun } from "./agent-run.ts";

/** Runs a device that learns where it stands. */
export async function runLearning({ config, file, exit, common, state, output }: AgentRun, recipe: string): Promise<void> {
  const { fleet, device: id, seed, steps, progressSeconds, groups } = config;
  // A simulation needs no emulator in its memory.
  const boards = config.port === "simulated" ? undefined : await import("../open-board.ts");
  await using opened = await boards?.openBoard(config.port, seed);
  const experiment = ofConfig(file, () =>
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
        ...common,
        device: { ...deviceOf(fleet, id, experiment), ...(groups !== undefined && { groups }) },
        exit,
        ...(progressSeconds === undefined ? {} : { progressSeconds: Seconds(progressSeconds) }),
        onProgress: ({ step, error, score }) =>
          view.show({ step, steps: experiment.steps, error, ...scoreText(experiment, score ?? Number.NaN) }),
        onLearned: ({ steps: presented }) => {
          onBoard = boardTime?.(presented);
          seconds = systemClock.monotonic() - started;
          view.end();
          if (!exit) output.note("Learned; staying on the broker until Ctrl-C");
        },
      },
      signal,
    ),
  );
  if (learned === undefined) throw new AbortedError("Learning");
  const result = await resultOfDevice(experiment, learned, untrained.score);
  const summary = learnedResult(experiment, result, seconds);
  output.result({ ...summary, ...onBoard, fleet, device: id, outbox }, [
    ...learnedLines(experiment, summary),
    ...(boards === undefined || onBoard === undefined ? [] : [boards.onBoardLine(onBoard)]),
    `samples: ${outbox.depth === 0 ? "all acknowledged" : `${outbox.depth} not acknowledged`}${outbox.dropped > 0 ? `, ${outbox.dropped} dropped` : ""}`,
  ]);
  if (outbox.depth > 0) {
    throw new SamplesLostError(`${outbox.depth} samples found no trainer: they are kept in ${state}`, { depth: outbox.depth });
  }
}

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
