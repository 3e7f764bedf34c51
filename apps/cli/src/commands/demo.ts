import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LearnResult, type OutboxState, runAgent } from "@ohmwork/agent";
import { AbortedError, Seconds } from "@ohmwork/core";
import { createExperiment, evaluate } from "@ohmwork/recipes";
import { runUntilSignal, startEmbeddedBroker, systemClock } from "@ohmwork/runtime";
import { paced } from "@ohmwork/systems";
import { runTrainer } from "@ohmwork/trainer";
import type { CommandDef } from "citty";
import { deviceOf, resultOfDevice } from "../device-of.ts";
import { learnedLines, learnedResult, scoreText } from "../learned-result.ts";
import { createOutput } from "../output.ts";
import { onBoardLine, openBoardOrSimulation } from "../open-board.ts";
import { createProgressView } from "../progress-view.ts";
import { stateFolder } from "../state-folder.ts";
import { strictCommand, wholeNumber } from "../strict-command.ts";

const FLEET = "demo";
const DEVICE = "iris-1";
/** Slow enough to watch, fast enough to be done in a quarter of a minute; the simulation itself is a thousand times faster. */
const STEPS_PER_SECOND = 500;
/** Time between two reports over MQTT [s]. */
const REPORT_SECONDS = 0.2;

/** What a board's name means, for a person. */
const PLACES: Readonly<Record<string, string>> = {
  virtual: "an emulated microcontroller with the real firmware, wired to a solved circuit",
  simulated: "a simulated network",
};

const args = {
  exit: { type: "boolean", description: "End when the run is done, instead of serving until Ctrl-C" },
  state: {
    type: "string",
    valueHint: "folder",
    description: "Where the trainer keeps its database; a fresh temporary folder otherwise",
  },
  seed: { type: "string", default: "1", valueHint: "N", description: "Draws split, start, imperfections and every chance" },
  board: {
    type: "string",
    default: "virtual",
    valueHint: "name",
    description: "What runs the circuit: virtual (an emulated board), simulated, or a serial port",
  },
  json: { type: "boolean", description: "Print one line of JSON when the run is done" },
} as const;

export const demo: CommandDef = strictCommand({
  name: "demo",
  description: "A broker, a trainer and a device in one process: a resistor network learns iris by itself",
  args,
  run: async (options) => {
    const output = createOutput(options.json === true);
    const seed = wholeNumber(options.seed, "--seed", { min: 0, max: 0xffff_ffff }) as number;
    await using cleanUp = new AsyncDisposableStack();
    const folder = options.state === undefined ? temporaryFolder(cleanUp) : stateFolder(options.state);
    const opened = await openBoardOrSimulation(options.board, seed);
    if (opened !== undefined) cleanUp.use(opened);
    const experiment = createExperiment("iris", { seed, ...(opened === undefined ? {} : { board: opened.board }) });
    await using system = opened === undefined ? paced(experiment.system, STEPS_PER_SECOND, systemClock) : experiment.system;
    const reportEvery = opened === undefined ? STEPS_PER_SECOND * REPORT_SECONDS : experiment.reportEvery;
    const { task } = experiment;
    await using broker = await startEmbeddedBroker({ port: 0 });
    output.note(`Broker on ${broker.url}; the trainer keeps ${join(folder, "trainer.sqlite")}`);
    output.note(
      `Device ${FLEET}/${DEVICE}: ${PLACES[options.board] ?? `a board on ${options.board}`}, ${experiment.edges} digital potentiometers\n`,
    );
    const untrained = await evaluate(system, task, task.test);
    const view = createProgressView(
      process.stderr,
      `${DEVICE} learns ${task.name} with the rule "${experiment.rule}"`,
      systemClock,
    );
    let stored = 0;
    const boardTime = opened?.startTiming();
    const started = systemClock.monotonic();

    const serving = new AbortController();
    const ready = Promise.withResolvers<void>();
    const trainer = runTrainer(
      {
        onReady: ready.resolve,
        broker: broker.url,
        fleet: FLEET,
        file: join(folder, "trainer.sqlite"),
        onSamples: (counts) => void (stored += counts.stored),
        // What is shown is what the trainer was told over MQTT, not what this process knows.
        onProgress: (_, { step, steps, error, score }) => {
          const notes = [`trainer: ${stored} samples stored`];
          view.show({ step, steps, error, ...scoreText(experiment, score ?? Number.NaN), notes });
        },
        onTrouble: (message) => output.note(message),
      },
      serving.signal,
    );
    await Promise.race([ready.promise, trainer]); // a store that cannot be opened ends it here
    trainer.catch(() => serving.abort()); // told where it is awaited
    const report = async (learned: LearnResult, outbox: OutboxState): Promise<void> => {
      view.end();
      output.note("");
      const result = await resultOfDevice(experiment, learned, untrained.score);
      const summary = learnedResult(experiment, result, systemClock.monotonic() - started);
      const onBoard = boardTime?.(learned.steps);
      output.result({ ...summary, ...onBoard, samplesStored: stored, outbox }, [
        ...learnedLines(experiment, summary),
        ...(onBoard === undefined ? [] : [onBoardLine(onBoard)]),
        `The trainer stored ${stored} samples; ${outbox.depth === 0 ? "every one is acknowledged" : `${outbox.depth} are not acknowledged yet`}.`,
      ]);
      if (options.exit !== true) output.note(`Serving until Ctrl-C. Next: npm run -s ohmwork -- learn --data your.csv`);
    };
    try {
      const { learned } = await runUntilSignal((signal) =>
        runAgent(
          {
            device: { ...deviceOf(FLEET, DEVICE, experiment), system, reportEvery },
            broker: broker.url,
            progressSeconds: Seconds(REPORT_SECONDS),
            exit: options.exit === true,
            onLearned: report,
            onTrouble: (message) => output.note(message),
          },
          signal,
        ),
      );
      if (learned === undefined) throw new AbortedError("Learning");
    } finally {
      serving.abort();
      await trainer;
    }
  },
});

/** A fresh folder that goes when the command does. */
function temporaryFolder(cleanUp: AsyncDisposableStack): string {
  const folder = mkdtempSync(join(tmpdir(), "ohmwork-"));
  cleanUp.defer(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
