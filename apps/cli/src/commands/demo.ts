import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type OutboxState, runAgent } from "@ohmwork/agent";
import { AbortedError, Seconds, throwIfAborted } from "@ohmwork/core";
import { createExperiment, evaluate, type ExperimentResult } from "@ohmwork/recipes";
import { runUntilSignal, startEmbeddedBroker, systemClock } from "@ohmwork/runtime";
import { paced } from "@ohmwork/systems";
import { createHttpTokens, loadHttpTokens, runTrainer } from "@ohmwork/trainer";
import { createSigner } from "@ohmwork/wire";
import type { CommandDef } from "citty";
import { driven } from "../demo/driven.ts";
import { createRetrainView, retrainedLines } from "../demo/retrain-view.ts";
import { retrain, type RetrainStep } from "../demo/retrain.ts";
import { runDrivenAgents } from "../demo/run-driven-agents.ts";
import { deviceOf, resultOfDevice } from "../device-of.ts";
import { learnedLines, learnedResult, scoreText } from "../learned-result.ts";
import { createOutput, type Output } from "../output.ts";
import { onBoardLine, openBoardOrSimulation } from "../open-board.ts";
import { createProgressView } from "../progress-view.ts";
import { createScreen } from "../screen.ts";
import { stateFolder } from "../state-folder.ts";
import { strictCommand, wholeNumber } from "../strict-command.ts";
import { createTrainerClient } from "../trainer-client.ts";

const FLEET = "demo";
const DEVICE = "iris-1";
/** Slow enough to watch, fast enough to be done in a quarter of a minute; the simulation itself is a thousand times faster. */
const STEPS_PER_SECOND = 500;
/** Time between two reports over MQTT [s]. */
const REPORT_SECONDS = 0.2;

/** What a board's name means, for a person. */
const PLACES: Readonly<Record<string, string>> = {
  virtual: "an emulated board with the real firmware, and a solved circuit",
  simulated: "a simulated network",
};

const args = {
  exit: { type: "boolean", description: "End when all have learned, instead of serving until Ctrl-C" },
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
  json: { type: "boolean", description: "Print one line of JSON when all have learned" },
} as const;

export const demo: CommandDef = strictCommand({
  name: "demo",
  description: "A fleet in one process: a resistor network learns iris by itself, an ear that cannot is trained over MQTT",
  args,
  run: async (options) => {
    const output = createOutput(options.json === true);
    const seed = wholeNumber(options.seed, "--seed", { min: 0, max: 0xffff_ffff }) as number;
    const { board, state, exit = false } = options;
    await runUntilSignal((signal) => show({ seed, board, exit, ...(state !== undefined && { state }) }, output, signal));
  },
});

type Shown = { readonly seed: number; readonly board: string; readonly exit: boolean; readonly state?: string };

async function show({ seed, board, exit, state }: Shown, output: Output, signal: AbortSignal): Promise<void> {
  await using cleanUp = new AsyncDisposableStack();
  const folder = state === undefined ? temporaryFolder(cleanUp) : stateFolder(state);
  const opened = await openBoardOrSimulation(board, seed);
  if (opened !== undefined) cleanUp.use(opened);
  const experiment = createExperiment("iris", { seed, ...(opened === undefined ? {} : { board: opened.board }) });
  await using system = opened === undefined ? paced(experiment.system, STEPS_PER_SECOND, systemClock) : experiment.system;
  const reportEvery = opened === undefined ? STEPS_PER_SECOND * REPORT_SECONDS : experiment.reportEvery;
  const { task } = experiment;
  await using broker = await startEmbeddedBroker({ port: 0 });
  const tokenFile = join(folder, "http-tokens.yaml");
  const tokens = createHttpTokens(loadHttpTokens(tokenFile));
  const signer = await createSigner(crypto.getRandomValues(new Uint8Array(32)));
  const untrained = await evaluate(system, task, task.test);
  throwIfAborted(signal, "The demonstration");

  const screen = createScreen(process.stderr);
  const note = (line: string): void => screen.note(line);
  const serving = new AbortController();
  const listening = Promise.withResolvers<string>();
  let stored = 0;
  let view: ReturnType<typeof createProgressView> | undefined;
  const trainer = runTrainer(
    {
      broker: broker.url,
      fleet: FLEET,
      file: join(folder, "trainer.sqlite"),
      http: { port: 0, tokens },
      signer,
      onApi: listening.resolve,
      onSamples: (counts) => void (stored += counts.stored),
      // What is shown is what the trainer was told over MQTT, not what this process knows.
      onProgress: (device, { step, steps, error, score }) => {
        if (device !== DEVICE) return;
        const notes = [`trainer: ${stored} samples stored`];
        view?.show({ step, steps, error, ...scoreText(experiment, score ?? Number.NaN), notes });
      },
      onTrouble: note,
    },
    serving.signal,
  );
  trainer.catch(() => undefined); // told where it is awaited
  const leaving = new AbortController();
  const left = AbortSignal.any([signal, leaving.signal]);
  const agents: Promise<unknown>[] = [];
  try {
    const at = await endsWith(listening.promise, [trainer]);
    note(`Broker on ${broker.url}, trainer on ${at}`);
    note(`The trainer keeps ${join(folder, "trainer.sqlite")}`);
    note(`${DEVICE} is ${PLACES[board] ?? `a board on ${board}`}\n`);
    view = createProgressView(screen, `${DEVICE} learns ${task.name} with the rule "${experiment.rule}"`, systemClock);
    const retrainView = createRetrainView(screen, driven, systemClock);

    const boardTime = opened?.startTiming();
    const started = systemClock.monotonic();
    const learned = Promise.withResolvers<Learned>();
    const iris = runAgent(
      {
        device: { ...deviceOf(FLEET, DEVICE, experiment), system, reportEvery },
        broker: broker.url,
        progressSeconds: Seconds(REPORT_SECONDS),
        onLearned: async (result, outbox) => {
          view?.end();
          const onBoard = boardTime?.(result.steps);
          const seconds = systemClock.monotonic() - started;
          learned.resolve({ result: await resultOfDevice(experiment, result, untrained.score), seconds, outbox, onBoard });
        },
        onTrouble: note,
      },
      left,
    );
    const common = { fleet: FLEET, broker: broker.url, updateKeys: [signer.publicKey], onTrouble: note };
    agents.push(iris, runDrivenAgents(driven, { ...common, folder, seed }, left));
    const client = createTrainerClient({ at, "token-file": tokenFile });
    const onStep = (step: RetrainStep): void => retrainView.show(step);
    const retraining = retrain(driven, { trainer: client, seed, clock: systemClock, onStep }, left);
    const both = Promise.all([learned.promise, retraining.finally(() => retrainView.end())]);
    const [{ result, seconds, outbox, onBoard }, retrained] = await endsWith(both, [trainer, ...agents]);

    note("");
    const summary = learnedResult(experiment, result, seconds);
    output.result({ ...summary, ...onBoard, samplesStored: stored, outbox, retrained }, [
      ...learnedLines(experiment, summary),
      ...(onBoard === undefined ? [] : [onBoardLine(onBoard)]),
      `The trainer stored ${stored} samples; ${outbox.depth === 0 ? "every one is acknowledged" : `${outbox.depth} are not acknowledged yet`}.`,
      "",
      ...retrainedLines(driven, retrained),
    ]);
    if (exit) return;
    note("\nServing until Ctrl-C. In another terminal:");
    note(`  npm run -s ohmwork -- run list --at ${at}`);
    note("  npm run -s ohmwork -- learn --data your.csv");
    await endsWith(new Promise(() => undefined), [trainer, ...agents]).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  } catch (error) {
    // Whichever of them all noticed it first.
    throw signal.aborted && error instanceof AbortedError ? new AbortedError("The demonstration", { cause: error }) : error;
  } finally {
    leaving.abort();
    await Promise.allSettled(agents);
    serving.abort();
    await trainer;
  }
}

type Learned = {
  readonly result: ExperimentResult;
  /** Wall time of the run [s]. */
  readonly seconds: number;
  readonly outbox: OutboxState;
  readonly onBoard: Parameters<typeof onBoardLine>[0] | undefined;
};

/** Waits for `work`, or until something ends that it cannot do without. @throws AbortedError when that ends without an error */
async function endsWith<T>(work: Promise<T>, needed: readonly Promise<unknown>[]): Promise<T> {
  return Promise.race([
    work,
    ...needed.map(async (one): Promise<never> => {
      await one;
      throw new AbortedError("The demonstration");
    }),
  ]);
}

/** A fresh folder that goes when the command does. */
function temporaryFolder(cleanUp: AsyncDisposableStack): string {
  const folder = mkdtempSync(join(tmpdir(), "ohmwork-"));
  cleanUp.defer(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
