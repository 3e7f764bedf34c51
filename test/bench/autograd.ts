import { availableParallelism } from "node:os";
import type { GraphRuntime } from "@ohmwork/autograd";
import { openOnnxRuntime } from "@ohmwork/runtime";
import { convolutionCase } from "./autograd/convolution-case.ts";
import { pendulumCase } from "./autograd/pendulum-case.ts";
import { perceptronCase } from "./autograd/perceptron-case.ts";
import { plainProduct } from "./autograd/plain-product.ts";
import { profile } from "./autograd/profile.ts";
import { hasTorch, startTorch, type Torch, type TorchTraining } from "./autograd/pytorch.ts";
import { inTurn, type Milliseconds } from "./autograd/rounds.ts";
import { type StepCase, timed } from "./autograd/step-case.ts";
import { workspaceVersion } from "./workspace-version.ts";

export type AutogradBenchOptions = {
  readonly cases?: readonly StepCase[];
  /** Stretches that each side takes in turn. @default 15 */
  readonly rounds?: number;
  /** How long one stretch should take [s]. @default 0.25 */
  readonly stretchSeconds?: number;
  /** Called with each line of progress. */
  readonly progress?: (line: string) => void;
};

/** Losses and parameters after one step may differ by this much between the two sides. */
const LARGEST_DEVIATION = 1e-4;

const allCases = (): StepCase[] => [
  pendulumCase(32, 1.5),
  pendulumCase(128, 1.2),
  perceptronCase(128, 1),
  convolutionCase(128, 1),
];

/**
 * Times whole training steps against PyTorch on the CPU, one thread each and all threads each: the same weights and batch on
 * both sides, results compared after a step, stretches of steps taken in turn.
 *
 * @throws RangeError when the results disagree: a speed without the right answer is none
 */
export async function runAutogradBench(options: AutogradBenchOptions = {}): Promise<object> {
  const { cases = allCases(), progress = () => undefined } = options;
  const threadCounts = [...new Set([1, availableParallelism()])];
  const withTorch = hasTorch();
  if (!withTorch)
    progress("PyTorch is not there (Debian: apt-get install python3-torch libopenblas0-pthread): only our own side is timed");
  const pytorch: object[] = [];
  const steps: object[] = [];
  for (const threads of threadCounts) {
    await using torch = withTorch ? await startTorch(threads) : undefined;
    if (torch !== undefined) {
      if (!/openblas|mkl|blis/i.test(torch.blas))
        progress(`PyTorch multiplies by ${torch.blas}: no fair rival without libopenblas0-pthread`);
      pytorch.push({ threads, version: torch.version, blas: torch.blas });
    }
    const runtime = await openOnnxRuntime({ threads });
    for (const of of cases) {
      const made = await oneCase(of, threads, runtime, torch, options);
      progress(`${of.name}, ${of.batch} rows, ${threads} thread${threads === 1 ? "" : "s"}: ${made.line}`);
      steps.push(made.figures);
    }
  }
  return {
    schema: "ohmwork.bench.autograd/1",
    version: workspaceVersion(),
    task: "bench",
    system: "training steps",
    rule: null,
    seed: 1,
    pytorch: withTorch ? pytorch : null,
    wantedLargestDeviation: LARGEST_DEVIATION,
    steps,
  };
}

async function oneCase(
  of: StepCase,
  threads: number,
  runtime: GraphRuntime,
  torch: Torch | undefined,
  { rounds = 15, stretchSeconds = 0.25 }: AutogradBenchOptions,
): Promise<{ readonly line: string; readonly figures: object }> {
  await using own = await of.start(runtime);
  const theirs: Record<string, TorchTraining> = {};
  if (torch !== undefined) {
    theirs["pytorch"] = await torch.make(of.request);
    for (const [name, differs] of Object.entries(of.otherWays ?? {}))
      theirs[name] = await torch.make({ ...of.request, ...differs });
  }
  const first = await own.steps(1);
  const deviations: Record<string, Deviation> = {};
  for (const [name, training] of Object.entries(theirs)) {
    const { loss } = await training.steps(1);
    deviations[name] = {
      loss: Math.abs(loss - first.loss),
      parameters: largestDifference(first.parameters, await training.parameters()),
    };
    const most = Math.max(deviations[name].loss, deviations[name].parameters);
    if (!(most <= LARGEST_DEVIATION))
      throw new RangeError(`${of.name}, ${of.batch} rows: ${most} off ${name}, expected ${LARGEST_DEVIATION} at most`);
  }
  await own.steps(1);
  const count = Math.max(1, Math.round(stretchSeconds / (await timed(own, 1)).wallSeconds));
  const sides = Object.fromEntries(Object.entries(theirs).map(([name, training]) => [name, () => training.steps(count)]));
  const taken: Readonly<Record<string, Milliseconds>> = await inTurn(rounds, { own: () => timed(own, count), ...sides });
  const milliseconds = taken["own"] as Milliseconds;
  const others = Object.entries(taken).filter(([name]) => name !== "own");
  const ratios = Object.fromEntries(others.map(([name, theirTime]) => [name, ratio(theirTime, milliseconds)]));
  const against = ratios["pytorch"];
  return {
    line: `${milliseconds.wall} ms${against === undefined ? "" : `, ${against.wall} times as fast as PyTorch (${against.processor} in processor time)`}`,
    figures: {
      step: of.name,
      batch: of.batch,
      threads,
      stepsInTurn: count,
      milliseconds: taken,
      timesAsFast: ratios,
      ...(threads === 1 ? { wantedTimesAsFast: of.wantedRatio } : {}),
      largestDeviations: deviations,
      ...(threads === 1 ? await whereTimeGoes(of, runtime, milliseconds) : {}),
    },
  };
}

type Deviation = { readonly loss: number; readonly parameters: number };

/** The share of a step that its products of matrices alone would need at the speed of a plain product of their size. */
async function whereTimeGoes(of: StepCase, runtime: GraphRuntime, step: Milliseconds): Promise<object> {
  const { matrixOperations, ...rest } = await profile(of);
  if (of.product === undefined) return { profile: rest };
  const perSecond = await plainProduct(runtime, of.product);
  const alone = (1000 * matrixOperations) / perSecond;
  return {
    profile: rest,
    products: {
      operations: matrixOperations,
      plainGigaOperationsPerSecond: Number((perSecond / 1e9).toPrecision(3)),
      millisecondsAtThat: Number(alone.toPrecision(3)),
      shareOfStep: Number((alone / step.leastWall).toPrecision(2)),
    },
  };
}

function ratio(theirs: Milliseconds, ours: Milliseconds): Milliseconds {
  const of = (key: keyof Milliseconds): number => Number((theirs[key] / ours[key]).toPrecision(3));
  return { wall: of("wall"), processor: of("processor"), leastWall: of("leastWall") };
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Infinity;
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - (b[index] as number))), 0);
}
