import {
  conductanceOf,
  createCircuit,
  createDcSolver,
  openLattice,
  parseNetwork,
  periodicLattice,
  toSpice,
  type Circuit,
  type Topology,
} from "@ohmwork/circuit";
import { bench16Netlist } from "@ohmwork/bench-16";
import { type Ngspice, startNgspice } from "@ohmwork/circuit/testing";
import { createRandom } from "@ohmwork/core";
import { learningStepsPerSecond } from "./learning.ts";
import { growthExponent, measure } from "./measure.ts";
import { hasNativeNgspice, runNative } from "./native-ngspice.ts";
import { workspaceVersion } from "./workspace-version.ts";

export type CircuitBenchOptions = {
  /** Wall time for each of our own timings [s]. @default 1 */
  readonly budgetSeconds?: number;
  /** Sides of the lattices that are timed. @default 8, 16, 32, 64, 128 */
  readonly sides?: readonly number[];
  /** Called with each line of progress. */
  readonly progress?: (line: string) => void;
};

/** Sources stand at 5 V at the most; ngspice solves to 1e-9 of that. */
const LARGEST_DEVIATION_VOLTS = 1e-6;

const exact = ".options reltol=1e-9 vntol=1e-9 abstol=1e-15 gmin=1e-15";

/** A network, its fixed nodes, and a resistor of it that is set anew before every solve. */
type Setting = { circuit: Circuit; fixed: readonly number[]; fixedVoltages: Float64Array; edge: number; ohms: readonly number[] };

function settingOf(topology: Topology, fixed: readonly number[], volts: readonly number[]): Setting {
  const random = createRandom(1, `bench ${topology.edges.length}`);
  const circuit = createCircuit(
    topology.nodes,
    topology.edges.map(([from, to], e) => ({
      name: `e${e}`,
      from,
      to,
      law: { law: "resistor", resistanceOhms: 1000 + Math.round(99_000 * random.uniform()) },
    })),
  );
  const edge = circuit.edges.findIndex(({ from, to }) => !fixed.includes(from) && !fixed.includes(to));
  return {
    circuit,
    fixed,
    fixedVoltages: Float64Array.from(volts),
    edge,
    ohms: Array.from({ length: 16 }, (_, k) => 2000 + 5000 * k),
  };
}

/** bench-16, its four sources, ground and supply held: three free nodes. */
function smallNetwork(): Setting {
  const { circuit, roles } = parseNetwork(bench16Netlist, "bench-16/netlist.json");
  const indexOf = (node: string): number => circuit.nodes.indexOf(node);
  const topology = { nodes: circuit.nodes, edges: circuit.edges.map(({ from, to }) => [from, to] as const) };
  return settingOf(topology, [...roles.sources, ...roles.grounds, ...roles.rails].map(indexOf), [1.1, 4.2, 2.3, 0.4, 0, 5]);
}

function lattice(side: number, make: typeof periodicLattice): Setting {
  const half = (side >> 1) * side + (side >> 1);
  return settingOf(make(side, side), [0, half], [1, 0]);
}

/** Our loop: set the edge, factor, solve; or change that edge in the factor, solve. `pass` fills voltages [ohms, nodes]. */
function ours({ circuit, fixed, fixedVoltages, edge, ohms }: Setting) {
  const solver = createDcSolver(circuit, fixed);
  const conductances = Float64Array.from(circuit.edges, ({ law }) => conductanceOf(law, 0));
  const voltages = new Float64Array(circuit.nodes.length);
  let turn = 0;
  const step = (): void => {
    conductances[edge] = 1 / (ohms[turn % ohms.length] as number);
    turn += 1;
    solver.factor(conductances);
    solver.solve(fixedVoltages, voltages);
  };
  const pass = (): Float64Array => {
    const all = new Float64Array(ohms.length * voltages.length);
    turn = 0;
    for (let k = 0; k < ohms.length; k += 1) {
      step();
      all.set(voltages, k * voltages.length);
    }
    return all;
  };
  const stepByChange = (): void => {
    solver.changeEdge(edge, 1 / (ohms[turn % ohms.length] as number));
    turn += 1;
    solver.solve(fixedVoltages, voltages);
  };
  return { solver, step, stepByChange, pass };
}

function netlistOf({ circuit, fixed, fixedVoltages }: Setting): string {
  const volts = new Map(fixed.map((node, k) => [node, fixedVoltages[k] as number]));
  return toSpice(circuit, new Float64Array(circuit.edges.length), volts, { directives: [exact] }).replace(/\.end\n$/, "");
}

function largestDeviation(a: Float64Array, b: Float64Array): number {
  if (a.length !== b.length) return Infinity;
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] as number))), 0);
}

async function runWasm(ngspice: Ngspice, setting: Setting, passes: number): Promise<{ seconds: number; voltages: Float64Array }> {
  const { circuit, edge, ohms } = setting;
  const netlists = ohms.map(
    (value) => `${netlistOf(setting).replace(new RegExp(`^(R${edge} \\S+ \\S+) .*$`, "m"), `$1 ${value}`)}.op\n.end\n`,
  );
  const voltages = new Float64Array(ohms.length * circuit.nodes.length);
  for (const [k, netlist] of netlists.entries()) {
    const result = await ngspice.run(netlist);
    for (const [i, name] of circuit.nodes.entries())
      voltages[k * circuit.nodes.length + i] = result.get(`v(${name})`)?.[0] ?? Number.NaN;
  }
  const start = performance.now();
  for (let p = 0; p < passes; p += 1) for (const netlist of netlists) await ngspice.run(netlist);
  return { seconds: (performance.now() - start) / 1000 / (passes * ohms.length), voltages };
}

async function benchSmall(budget: number) {
  const setting = smallNetwork();
  const mine = ours(setting);
  const voltages = mine.pass();
  const { seconds } = measure(mine.step, budget);
  const { seconds: changeSeconds } = measure(mine.stepByChange, budget);
  const wasm = await runWasm(await startNgspice(), setting, 6);
  const native = hasNativeNgspice()
    ? await runNative(netlistOf(setting), setting.circuit.nodes, `R${setting.edge}`, setting.ohms, 1000)
    : undefined;
  return {
    edges: setting.circuit.edges.length,
    nodes: setting.circuit.nodes.length,
    unknowns: mine.solver.unknowns,
    solveSeconds: seconds,
    solvesPerSecond: 1 / seconds,
    changeAndSolveSeconds: changeSeconds,
    wasmNgspice: {
      solveSeconds: wasm.seconds,
      ratio: wasm.seconds / seconds,
      wantedRatio: 2000,
      largestDeviationVolts: largestDeviation(voltages, wasm.voltages),
    },
    nativeNgspice: native && {
      solveSeconds: native.seconds,
      ratio: native.seconds / seconds,
      ratioOfChangeAndSolve: native.seconds / changeSeconds,
      wantedRatio: 300,
      largestDeviationVolts: largestDeviation(voltages, native.voltages),
    },
    bytesPerEdge: mine.solver.bytes / setting.circuit.edges.length,
  };
}

function benchLattices(
  make: typeof periodicLattice,
  sides: readonly number[],
  budget: number,
): { sizes: object[]; growthExponent: number } {
  const points: { x: number; y: number }[] = [];
  const sizes = sides.map((side) => {
    const setting = lattice(side, make);
    const start = performance.now();
    const { solver, step } = ours(setting);
    const analysisSeconds = (performance.now() - start) / 1000;
    const { seconds } = measure(step, budget);
    points.push({ x: side * side, y: seconds });
    return {
      nodes: side * side,
      edges: setting.circuit.edges.length,
      analysisSeconds,
      solveSeconds: seconds,
      bytesPerEdge: solver.bytes / setting.circuit.edges.length,
    };
  });
  return { sizes, growthExponent: growthExponent(points) };
}

async function benchNativeLattice(budget: number) {
  if (!hasNativeNgspice()) return undefined;
  const setting = lattice(32, periodicLattice);
  const mine = ours(setting);
  const voltages = mine.pass();
  const { seconds } = measure(mine.step, budget);
  const native = await runNative(netlistOf(setting), setting.circuit.nodes, `R${setting.edge}`, setting.ohms, 6);
  return {
    nodes: setting.circuit.nodes.length,
    solveSeconds: seconds,
    nativeSolveSeconds: native.seconds,
    ratio: native.seconds / seconds,
    wantedRatio: 10,
    largestDeviationVolts: largestDeviation(voltages, native.voltages),
  };
}

/** A speed without the right answer is none. @throws RangeError when ours differs from ngspice by more than it should */
function checkDeviation(what: string, volts: number | undefined): void {
  if (volts !== undefined && !(volts <= LARGEST_DEVIATION_VOLTS))
    throw new RangeError(`${what}: ${volts} V off ngspice, expected ${LARGEST_DEVIATION_VOLTS} V at most`);
}

/**
 * Times the linear solver, one changed resistor, one factorisation and one solve each time, against ngspice in the same run with
 * the answers compared: 16 edges, a lattice of 1,024 nodes, and how time and memory grow with the lattice.
 */
export async function runCircuitBench(options: CircuitBenchOptions = {}): Promise<object> {
  const { budgetSeconds = 1, sides = [8, 16, 32, 64, 128], progress = () => {} } = options;
  progress("16 edges against ngspice");
  const small = await benchSmall(budgetSeconds);
  progress("learning on 16 edges");
  const learningSteps = await learningStepsPerSecond();
  progress("1,024 nodes against native ngspice");
  const native = await benchNativeLattice(budgetSeconds);
  progress("lattices");
  checkDeviation("16 edges, WebAssembly", small.wasmNgspice.largestDeviationVolts);
  checkDeviation("16 edges, native", small.nativeNgspice?.largestDeviationVolts);
  checkDeviation("1,024 nodes, native", native?.largestDeviationVolts);
  return {
    schema: "ohmwork.bench.circuit/1",
    version: workspaceVersion(),
    task: "bench",
    system: "circuit",
    rule: null,
    seed: 1,
    small,
    learning: { edges: 16, stepsPerSecond: learningSteps, wantedStepsPerSecond: 200_000 },
    nativeLattice: native,
    wantedGrowthExponent: 1.6,
    periodicLattice: benchLattices(periodicLattice, sides, budgetSeconds),
    openLattice: benchLattices(openLattice, sides, budgetSeconds),
  };
}

if (import.meta.main) {
  const result = await runCircuitBench({ progress: (line) => void process.stderr.write(`${line}\n`) });
  process.stdout.write(`${JSON.stringify(result, null, process.argv.includes("--json") ? undefined : 2)}\n`);
}
