import { createBatch, createRandom, type PhysicalSystem, widthOf } from "@ohmwork/core";
import { openOnnxRuntime } from "@ohmwork/runtime";
import { createFilterBank, createPendulums, createPlate, createRlc, createShg, ear12 } from "@ohmwork/systems";
import { workspaceVersion } from "./workspace-version.ts";

export type SystemsBenchOptions = {
  /** Rows that a call carries, at each setting. @default 32, 128 */
  readonly batches?: readonly number[];
  /** Time given to each system at each setting [s]. @default 2 */
  readonly seconds?: number;
  /** Called with each line of progress. */
  readonly progress?: (line: string) => void;
};

type GraphRuntime = Awaited<ReturnType<typeof openOnnxRuntime>>;
type Make = (runtime: GraphRuntime | undefined) => PhysicalSystem | undefined;
type Cell = { readonly system: string; readonly by: "runtime" | "reference"; readonly batch: number } & Timing;
/** Of one call: median of the wall clock, least of it, and mean of processor time, which other work on the machine hardly touches. */
type Timing = { readonly median: number; readonly least: number; readonly processor: number };

const SEED = 1;
const on = (runtime: GraphRuntime | undefined): { runtime?: GraphRuntime } => (runtime === undefined ? {} : { runtime });

/** One device of each kind, in the sizes that learn handwritten digits, with its whole gap. */
const devices: Readonly<Record<string, Make>> = {
  "196 pendulums": (runtime) => createPendulums({ pendulums: 196, seed: SEED, ...on(runtime) }),
  "206 pendulums": (runtime) => createPendulums({ pendulums: 206, seed: SEED, ...on(runtime) }),
  plate: (runtime) => createPlate({ seed: SEED, ...on(runtime) }),
  "second-harmonic generation": (runtime) => createShg({ seed: SEED, ...on(runtime) }),
  // 0.32 s of sound in a row: under 0.32 ms a row is a thousand times real time.
  "ear of twelve filters": (runtime) => (runtime === undefined ? createFilterBank({ design: ear12(), seed: SEED }) : undefined),
  // Its reference is its fast path: a chain of slots is too thin for a graph.
  "R-L-C circuit": (runtime) => (runtime === undefined ? createRlc({ seed: SEED }) : undefined),
};

/** Milliseconds that simulated devices take for one call, with their noise, by the runtime on one thread and by the reference. */
export async function runSystemsBench(options: SystemsBenchOptions = {}): Promise<object> {
  const { batches = [32, 128], seconds = 2, progress = () => undefined } = options;
  const runtime = await openOnnxRuntime({ threads: 1 });
  const milliseconds: Cell[] = [];
  for (const [system, make] of Object.entries(devices)) {
    for (const by of ["runtime", "reference"] as const) {
      await using device = make(by === "runtime" ? runtime : undefined);
      if (device === undefined) continue;
      for (const batch of batches) {
        const cell: Cell = { system, by, batch, ...(await timeOf(device, batch, seconds)) };
        progress(`${system}, ${batch} rows, by the ${by}: ${cell.median} ms`);
        milliseconds.push(cell);
      }
    }
  }
  return {
    schema: "ohmwork.bench.systems/1",
    version: workspaceVersion(),
    task: "bench",
    system: "all simulated devices",
    rule: null,
    seed: SEED,
    milliseconds,
  };
}

async function timeOf(device: PhysicalSystem, rows: number, seconds: number): Promise<Timing> {
  const random = createRandom(SEED, "systems bench");
  const width = widthOf(device.ports.inputs);
  const inputs = createBatch(
    Float32Array.from({ length: rows * width }, () => random.uniform()),
    [rows, width],
  );
  // Where a window does not reach to 0, its end that is nearest.
  const couplings = Float32Array.from(
    device.ports.parameters.flatMap(({ size, min, max }) =>
      Array.from({ length: size }, () => Math.min(max, Math.max(min, 0.05 * random.normal()))),
    ),
  );
  await device.program(couplings);
  const until = (end: number): Promise<number[]> => callsUntil(end, () => device.respond(inputs));
  await until(performance.now() + 250 * seconds); // warm up
  const before = process.cpuUsage();
  const times = (await until(performance.now() + 1000 * seconds)).sort((a, b) => a - b);
  const { user, system } = process.cpuUsage(before);
  const rounded = (value: number): number => Number(value.toPrecision(3));
  return {
    median: rounded(times[times.length >> 1] as number),
    least: rounded(times[0] as number),
    processor: rounded((user + system) / 1000 / times.length),
  };
}

/** Wall time of each call [ms], one after the other, at least one. */
async function callsUntil(end: number, call: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  do {
    const start = performance.now();
    await call();
    times.push(performance.now() - start);
  } while (performance.now() < end);
  return times;
}
