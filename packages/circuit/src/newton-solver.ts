import { checkConnected, checkNodes, type Circuit } from "./circuit.ts";
import { conductanceOf, gminOf } from "./edge-law.ts";
import { createDenseLu, createSparseLu } from "./lu-factor.ts";
import { SolverDivergedError } from "./solver-diverged-error.ts";
import { orderUnknowns } from "./unknowns.ts";

export type NewtonOptions = {
  /** Newton steps before giving up. @default 200 */
  readonly maxIterations?: number;
  /** A step smaller than this part of the span of the fixed voltages ends the solve. @default 1e-12 */
  readonly relativeTolerance?: number;
};

export type NewtonResult = {
  readonly iterations: number;
  /** Largest sum of currents left at a node [A]. */
  readonly residual: number;
};

/** Solves a network of any edge laws for its node voltages. */
export interface NewtonSolver {
  /** Nodes whose voltage is not fixed. */
  readonly unknowns: number;
  /**
   * Node voltages [nodes] V for parameters [edges] and fixed voltages [fixed] V. Starts from `voltages` and leaves the answer there;
   * entries that are not finite start half way between the fixed voltages.
   *
   * @throws SolverDivergedError when the last step is still above tolerance
   */
  solve(parameters: Float64Array, fixedVoltages: Float64Array, voltages: Float64Array, options?: NewtonOptions): NewtonResult;
}

const linear = 0;
const diode = 1;
const mosfet = 2;

/** Up to this many unknowns the full matrix is faster than the sparse one (measured). */
const largestDense = 24;

/** Armijo's constant: a step must bring this part of the decrease that its slope promises. */
const sufficientDecrease = 1e-4;

/** The exponential of a diode goes on as its tangent from the knee where its slope is this many times the largest conductance around … */
const firstKnee = 10;
/** … and where a diode comes to rest beyond its knee, the knee moves out by this factor and the solve goes on. */
const kneeGrowth = 1e4;

/** A step this small relative to the span that no longer lowers the residual is down at rounding error. */
const roundingStep = 1e-8;

/**
 * Newton with the analytic Jacobian, backtracking on the residual (each node's in volts: over its own conductance), node
 * voltages kept between the lowest and highest fixed one, where every network of monotone edges has its only state.
 *
 * @throws DisconnectedError when an unknown node has no path to a fixed one
 * @throws RangeError when a fixed node is not a node or is named twice
 */
export function createNewtonSolver(circuit: Circuit, fixed: readonly number[]): NewtonSolver {
  checkNodes(circuit, fixed, "Fixed");
  checkConnected(circuit, fixed);
  const { pattern, nodeAt, positionOf } = orderUnknowns(circuit, fixed);
  const size = pattern.size;
  const matrix = size <= largestDense ? createDenseLu(size) : createSparseLu(pattern);
  const values = matrix.values;
  const edges = circuit.edges.filter(({ from, to }) => (positionOf[from] as number) >= 0 || (positionOf[to] as number) >= 0);
  const indexOf = new Map(circuit.edges.map((edge, e) => [edge, e]));
  const count = edges.length;

  const edgeAt = Int32Array.from(edges, (edge) => indexOf.get(edge) as number);
  const kind = Uint8Array.from(edges, ({ law }) => (law.law === "diode" ? diode : law.law === "mosfet" ? mosfet : linear));
  const from = Int32Array.from(edges, (edge) => edge.from);
  const to = Int32Array.from(edges, (edge) => edge.to);
  const fromPosition = from.map((node) => positionOf[node] as number);
  const toPosition = to.map((node) => positionOf[node] as number);
  const slot = (row: number, column: number): number => (row < 0 || column < 0 ? -1 : matrix.slotOf(row, column));
  const slotAa = fromPosition.map((a) => slot(a, a));
  const slotBb = toPosition.map((b) => slot(b, b));
  const slotAb = fromPosition.map((a, t) => slot(a, toPosition[t] as number));
  const slotBa = fromPosition.map((a, t) => slot(toPosition[t] as number, a));
  const diagonal = Int32Array.from({ length: size }, (_, i) => matrix.slotOf(i, i));

  // Per edge: leak or conductance [S], then Is [A] and n·VT [V], or S [A/V²] and Vg − Vt [V]; the knee of a diode [V].
  const leak = new Float64Array(count);
  const strength = new Float64Array(count);
  const level = new Float64Array(count);
  const knee = new Float64Array(count).fill(Infinity);
  for (const [t, { law }] of edges.entries()) {
    if (law.law === "diode") {
      leak[t] = gminOf(law);
      strength[t] = law.saturationAmperes;
      level[t] = law.emissionCoefficient * law.thermalVolts;
    } else if (law.law === "mosfet") {
      leak[t] = law.gminSiemens;
      strength[t] = law.amperesPerSquareVolt;
    }
  }

  const v = new Float64Array(circuit.nodes.length);
  const residual = new Float64Array(size);
  const step = new Float64Array(size);
  const base = new Float64Array(size);
  const weight = new Float64Array(size);

  /** Sum of currents out of each free node into `residual`; with the Jacobian into `values` where asked. */
  const evaluate = (jacobian: boolean): void => {
    residual.fill(0);
    if (jacobian) values.fill(0);
    for (let t = 0; t < count; t += 1) {
      const va = v[from[t] as number] as number;
      const vb = v[to[t] as number] as number;
      const g = leak[t] as number;
      let current = g * (va - vb);
      let byA = g;
      let byB = g;
      if (kind[t] === mosfet) {
        const s = strength[t] as number;
        const overdrive = level[t] as number;
        const a = overdrive > va ? overdrive - va : 0;
        const b = overdrive > vb ? overdrive - vb : 0;
        current += 0.5 * s * (b - a) * (b + a);
        byA += s * a;
        byB += s * b;
      } else if (kind[t] === diode) {
        const scale = level[t] as number;
        const drop = va - vb;
        const bend = knee[t] as number;
        const at = drop < bend ? drop : bend;
        const slope = ((strength[t] as number) / scale) * Math.exp(at / scale);
        current += (strength[t] as number) * Math.expm1(at / scale) + slope * (drop - at);
        byA += slope;
        byB += slope;
      }
      const a = fromPosition[t] as number;
      const b = toPosition[t] as number;
      if (a >= 0) residual[a] = (residual[a] as number) + current;
      if (b >= 0) residual[b] = (residual[b] as number) - current;
      if (!jacobian) continue;
      if (a >= 0) {
        const s = slotAa[t] as number;
        values[s] = (values[s] as number) + byA;
      }
      if (b >= 0) {
        const s = slotBb[t] as number;
        values[s] = (values[s] as number) + byB;
        if (a < 0) continue;
        const ab = slotAb[t] as number;
        const ba = slotBa[t] as number;
        values[ab] = (values[ab] as number) - byB;
        values[ba] = (values[ba] as number) - byA;
      }
    }
  };

  const merit = (): number => {
    let sum = 0;
    for (let i = 0; i < size; i += 1) {
      const scaled = (residual[i] as number) * (weight[i] as number);
      sum += scaled * scaled;
    }
    return sum;
  };

  /** Moves by part of the step, inside the window. @returns the largest distance moved [V] */
  const move = (part: number, low: number, high: number): number => {
    let largest = 0;
    for (let i = 0; i < size; i += 1) {
      const start = base[i] as number;
      const next = Math.min(Math.max(start - part * (step[i] as number), low), high);
      v[nodeAt[i] as number] = next;
      const moved = Math.abs(next - start);
      if (moved > largest) largest = moved;
    }
    return largest;
  };

  const setKnees = (slope: number): void => {
    for (let t = 0; t < count; t += 1) {
      if (kind[t] === diode)
        knee[t] = (level[t] as number) * Math.log1p((slope * (level[t] as number)) / (strength[t] as number));
    }
  };

  const anyBeyondKnee = (): boolean => {
    for (let t = 0; t < count; t += 1) {
      if (kind[t] === diode && (v[from[t] as number] as number) - (v[to[t] as number] as number) > (knee[t] as number))
        return true;
    }
    return false;
  };

  const solve = (
    parameters: Float64Array,
    fixedVoltages: Float64Array,
    voltages: Float64Array,
    options?: NewtonOptions,
  ): NewtonResult => {
    const maxIterations = options?.maxIterations ?? 200;
    let low = Infinity;
    let high = -Infinity;
    for (let k = 0; k < fixed.length; k += 1) {
      const value = fixedVoltages[k] as number;
      if (value < low) low = value;
      if (value > high) high = value;
      v[fixed[k] as number] = value;
    }
    if (!(high - low < Infinity)) throw new RangeError(`Fixed voltages must be finite: ${fixedVoltages.join(", ")}`);
    const tolerance = (options?.relativeTolerance ?? 1e-12) * (high - low);
    for (let i = 0; i < size; i += 1) {
      const start = voltages[nodeAt[i] as number] as number;
      base[i] = Number.isFinite(start) ? start : (low + high) / 2;
      step[i] = 0;
    }
    move(0, low, high);
    let steepest = 0;
    for (let t = 0; t < count; t += 1) {
      const parameter = parameters[edgeAt[t] as number] as number;
      const law = (edges[t] as (typeof edges)[number]).law;
      let slope = 0;
      if (law.law === "mosfet") {
        level[t] = parameter - law.thresholdVolts;
        slope = law.amperesPerSquareVolt * Math.max(parameter - law.thresholdVolts - low, 0) + law.gminSiemens;
      } else if (law.law !== "diode") {
        slope = conductanceOf(law, parameter);
        leak[t] = slope;
      }
      if (!(slope >= 0 && slope < Infinity)) throw new RangeError(`Parameter of edge ${edgeAt[t]} out of range: ${parameter}`);
      if (slope > steepest) steepest = slope;
    }
    let kneeSlope = (steepest > 0 ? steepest : 1) * firstKnee;
    setKnees(kneeSlope);

    let iterations = 0;
    let moved = 0;
    for (; iterations < maxIterations; iterations += 1) {
      evaluate(true);
      for (let i = 0; i < size; i += 1) {
        step[i] = residual[i] as number;
        weight[i] = 1 / (values[diagonal[i] as number] as number);
        base[i] = v[nodeAt[i] as number] as number;
      }
      if (matrix.factor() >= 0) throw new SolverDivergedError(iterations, Number.NaN, tolerance);
      matrix.solve(step);
      const before = merit();
      let part = 1;
      moved = move(1, low, high);
      let settled = moved <= tolerance;
      if (!settled) {
        evaluate(false);
        while (!(merit() <= (1 - 2 * sufficientDecrease * part) * before)) {
          part /= 2;
          if (part < 1e-9) {
            settled = moved <= roundingStep * (high - low);
            move(settled ? 0 : 1, low, high);
            break;
          }
          move(part, low, high);
          evaluate(false);
        }
      }
      if (!settled) continue;
      if (!anyBeyondKnee()) break;
      kneeSlope *= kneeGrowth;
      setKnees(kneeSlope);
    }
    if (iterations >= maxIterations) throw new SolverDivergedError(iterations, moved, tolerance);
    evaluate(false);
    let largest = 0;
    for (let i = 0; i < size; i += 1) largest = Math.max(largest, Math.abs(residual[i] as number));
    voltages.set(v);
    return { iterations: iterations + 1, residual: largest };
  };

  return { unknowns: size, solve };
}
