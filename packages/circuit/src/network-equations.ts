import type { Circuit } from "./circuit.ts";
import { conductanceOf, gminOf } from "./edge-law.ts";
import { createDenseLu, createSparseLu, type LuFactor } from "./lu-factor.ts";
import { orderUnknowns } from "./unknowns.ts";

/** Kirchhoff's current law at the free nodes of a network of any edge laws, with its Jacobian; indices are elimination positions. */
export interface NetworkEquations {
  /** Number of free nodes. */
  readonly size: number;
  /** Node at each position. */
  readonly nodeAt: Int32Array;
  /** Where the equations are evaluated: node voltages [nodes] V. */
  readonly voltages: Float64Array;
  /** Sum of the currents out of each free node [size] A. */
  readonly residual: Float64Array;
  /** The Jacobian. */
  readonly matrix: LuFactor;
  /** Slots of the diagonal of the Jacobian [size]. */
  readonly diagonal: Int32Array;
  /**
   * Takes on parameters [edges]; no node may fall below `low` volts.
   *
   * @returns the largest conductance [S] of an edge other than a diode
   * @throws RangeError when a parameter gives no conductance of 0 S or more
   */
  setParameters(parameters: Float64Array, low: number): number;
  /** Fills the residual, and the Jacobian where asked. */
  evaluate(jacobian: boolean): void;
  /** From the voltage on where its slope is this large [S], the exponential of a diode goes on as its tangent. */
  setKnees(slope: number): void;
  anyBeyondKnee(): boolean;
}

const linear = 0;
const diode = 1;
const mosfet = 2;

/** Up to this many unknowns the full matrix is faster than the sparse one (measured). */
const largestDense = 24;

/** The circuit and the fixed nodes must have been checked. */
export function createNetworkEquations(circuit: Circuit, fixed: readonly number[]): NetworkEquations {
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

  const voltages = new Float64Array(circuit.nodes.length);
  const residual = new Float64Array(size);

  const setParameters = (parameters: Float64Array, low: number): number => {
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
    return steepest;
  };

  const evaluate = (jacobian: boolean): void => {
    residual.fill(0);
    if (jacobian) values.fill(0);
    for (let t = 0; t < count; t += 1) {
      const va = voltages[from[t] as number] as number;
      const vb = voltages[to[t] as number] as number;
      const g = leak[t] as number;
      let current = g * (va - vb);
      let byA = g;
      let byB = g;
      if (kind[t] === mosfet) {
        const s = strength[t] as number;
        const overdrive = level[t] as number;
        const a = overdrive > va ? overdrive - va : 0;
        const b = overdrive > vb ? overdrive - vb : 0;
        current += 0.5 * s * (a > 0 && b > 0 ? va - vb : b - a) * (b + a); // the drop itself is exact where the overdrives are large
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

  const setKnees = (slope: number): void => {
    for (let t = 0; t < count; t += 1) {
      if (kind[t] === diode)
        knee[t] = (level[t] as number) * Math.log1p((slope * (level[t] as number)) / (strength[t] as number));
    }
  };

  const anyBeyondKnee = (): boolean => {
    for (let t = 0; t < count; t += 1) {
      if (
        kind[t] === diode &&
        (voltages[from[t] as number] as number) - (voltages[to[t] as number] as number) > (knee[t] as number)
      )
        return true;
    }
    return false;
  };

  return { size, nodeAt, voltages, residual, matrix, diagonal, setParameters, evaluate, setKnees, anyBeyondKnee };
}
