import { checkConnected, checkNodes, type Circuit } from "./circuit.ts";
import { createNetworkEquations } from "./network-equations.ts";
import { SolverDivergedError } from "./solver-diverged-error.ts";

export type NewtonOptions = {
  /** Newton steps before giving up. @default 10000 */
  readonly maxIterations?: number;
  /** A step smaller than this part of the span of the fixed voltages, or than rounding error, ends the solve. @default 1e-12 */
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

/** Armijo's constant: a step must bring this part of the decrease that its slope promises. */
const sufficientDecrease = 1e-4;

/** The exponential of a diode goes on as its tangent from the knee where its slope is this many times the largest conductance around … */
const firstKnee = 10;
/** … and where a diode comes to rest beyond its knee, the knee moves out by this factor and the solve goes on. */
const kneeGrowth = 1e4;

/** A step this small relative to the span that lowers neither the residual nor the step after it is down at rounding error. */
const roundingStep = 1e-8;

/** A step of this many units in the last place of the largest voltage is rounding error whatever the span. */
const roundingUlps = 8;

/** Newton steps from the start that was given, before the way to the state is taken in stages; 60 and 40 were measured to be about best. */
const directIterations = 60;
const stageIterations = 40;
/** A stage is over when its steps are this part of the span: the next one starts from there. */
const stageTolerance = 1e-3;
/** Tether of the first stage, as a part of the largest conductance around. */
const firstTether = 0.1;
/** The tether is cut to this part after a stage that settled, doubles after one that did not … */
const tetherCut = 0.25;
/** … and goes when it has come down to this part of the largest conductance around. */
const lastTether = 1e-14;

/**
 * Newton with the analytic Jacobian, backtracking on the sum of the squared residuals [A²], node voltages kept between the lowest and
 * highest fixed one, where every network of monotone edges has its only state.
 *
 * Where that does not settle, pseudo-transient continuation (Kelley & Keyes, SIAM J. Numer. Anal. 35, 508 (1998)): a conductance
 * tethers every free node to where the stage before has left it, and is lowered stage by stage. No column of the Jacobian sums to less
 * than 0, so no stage leads further away from the state, in the sum of the distances over the nodes.
 *
 * @throws DisconnectedError when an unknown node has no path to a fixed one
 * @throws RangeError when a fixed node is not a node or is named twice
 */
export function createNewtonSolver(circuit: Circuit, fixed: readonly number[]): NewtonSolver {
  checkNodes(circuit, fixed, "Fixed");
  checkConnected(circuit, fixed);
  const equations = createNetworkEquations(circuit, fixed);
  const { size, nodeAt, voltages: v, residual, matrix, diagonal } = equations;
  const values = matrix.values;
  const step = new Float64Array(size);
  const base = new Float64Array(size);
  const anchor = new Float64Array(size);

  let low = 0;
  let high = 0;
  let tolerance = 0;
  let rounding = 0;
  let steepest = 0;
  let tether = 0;
  let iterations = 0;
  let moved = 0;

  const evaluate = (jacobian: boolean): void => {
    equations.evaluate(jacobian);
    if (tether === 0) return;
    for (let i = 0; i < size; i += 1) {
      residual[i] = (residual[i] as number) + tether * ((v[nodeAt[i] as number] as number) - (anchor[i] as number));
      const slot = diagonal[i] as number;
      if (jacobian) values[slot] = (values[slot] as number) + tether;
    }
  };

  const merit = (): number => {
    let sum = 0;
    for (let i = 0; i < size; i += 1) sum += (residual[i] as number) * (residual[i] as number);
    return sum;
  };

  /** Moves by part of the step, inside the window. @returns the largest distance moved [V] */
  const move = (part: number): number => {
    let largest = 0;
    for (let i = 0; i < size; i += 1) {
      const start = base[i] as number;
      const next = Math.min(Math.max(start - part * (step[i] as number), low), high);
      v[nodeAt[i] as number] = next;
      const distance = Math.abs(next - start);
      if (distance > largest) largest = distance;
    }
    return largest;
  };

  /** Newton steps with the present tether and knees. @returns whether they settled before `most` iterations in all */
  const settle = (most: number): boolean => {
    const enough = tether > 0 ? Math.max(tolerance, stageTolerance * (high - low)) : tolerance;
    while (iterations < most) {
      evaluate(true);
      iterations += 1;
      for (let i = 0; i < size; i += 1) {
        step[i] = residual[i] as number;
        base[i] = v[nodeAt[i] as number] as number;
      }
      if (matrix.factor() >= 0) {
        moved = Number.NaN;
        return false;
      }
      matrix.solve(step);
      const before = merit();
      const last = moved;
      moved = move(1);
      if (moved <= enough) return true;
      evaluate(false);
      for (let part = 1; !(merit() <= (1 - 2 * sufficientDecrease * part) * before);) {
        part /= 2;
        if (part < 1e-9) {
          move(1);
          if (moved <= rounding && moved > last / 2) return true;
          break;
        }
        move(part);
        evaluate(false);
      }
    }
    return false;
  };

  /** The state with the present knees: at once, or in stages. @returns whether it was found before `most` iterations in all */
  const reach = (most: number): boolean => {
    tether = 0;
    if (settle(Math.min(iterations + directIterations, most))) return true;
    const scale = steepest > 0 ? steepest : 1;
    let next = scale * firstTether;
    for (let left = most - iterations; left > 0; left = most - iterations) {
      for (let i = 0; i < size; i += 1) v[nodeAt[i] as number] = anchor[i] as number;
      tether = next < scale * lastTether ? 0 : next;
      if (settle(iterations + Math.min(stageIterations, left))) {
        if (tether === 0) return true;
        for (let i = 0; i < size; i += 1) anchor[i] = v[nodeAt[i] as number] as number;
        next = tether * tetherCut;
      } else next = 2 * Math.max(tether, scale * lastTether);
    }
    return false;
  };

  const solve = (
    parameters: Float64Array,
    fixedVoltages: Float64Array,
    voltages: Float64Array,
    options?: NewtonOptions,
  ): NewtonResult => {
    const maxIterations = options?.maxIterations ?? 10_000;
    low = Infinity;
    high = -Infinity;
    for (let k = 0; k < fixed.length; k += 1) {
      const value = fixedVoltages[k] as number;
      if (value < low) low = value;
      if (value > high) high = value;
      v[fixed[k] as number] = value;
    }
    const span = high - low;
    if (!(span < Infinity)) throw new RangeError(`Fixed voltages must be finite: ${fixedVoltages.join(", ")}`);
    tolerance = Math.max(
      (options?.relativeTolerance ?? 1e-12) * span,
      roundingUlps * Number.EPSILON * Math.max(Math.abs(low), Math.abs(high)),
    );
    rounding = Math.max(roundingStep * span, tolerance);
    for (let i = 0; i < size; i += 1) {
      const start = voltages[nodeAt[i] as number] as number;
      anchor[i] = Math.min(Math.max(Number.isFinite(start) ? start : (low + high) / 2, low), high);
      v[nodeAt[i] as number] = anchor[i] as number;
    }
    steepest = equations.setParameters(parameters, low);
    tether = 0;
    iterations = 0;
    moved = 0;
    let kneeSlope = (steepest > 0 ? steepest : 1) * firstKnee;
    do {
      equations.setKnees(kneeSlope);
      kneeSlope *= kneeGrowth;
      if (!reach(maxIterations)) throw new SolverDivergedError(iterations, moved, tolerance);
      for (let i = 0; i < size; i += 1) anchor[i] = v[nodeAt[i] as number] as number;
    } while (equations.anyBeyondKnee());
    evaluate(false);
    let largest = 0;
    for (let i = 0; i < size; i += 1) largest = Math.max(largest, Math.abs(residual[i] as number));
    voltages.set(v);
    return { iterations, residual: largest };
  };

  return { unknowns: size, solve };
}
