import { matrixExponential } from "./matrix-exponential.ts";
import { linearPart, type RlcCircuit } from "./rlc-circuit.ts";

/** How one burst is scanned and integrated. */
export type RlcScan = {
  /** Slots of a burst; the drive is constant during a slot. */
  readonly slots: number;
  /** [1/ω₀]. */
  readonly slotLength: number;
  /** Steps that a slot is integrated in. */
  readonly stepsPerSlot: number;
  /** Strang: half a discharge, the linear step, half a discharge (second order). Lie: the linear step, the discharge (first order). */
  readonly splitting: "strang" | "lie";
};

/**
 * Fills `outputs` with v at the end of every slot; bursts stand one after the other and each starts from rest.
 *
 * @param warmth multiplies the transistor's transconductance and divides its threshold; 1 is the circuit as drawn
 */
export type RlcKernel = (inputs: Float32Array, outputs: Float32Array, warmth?: number) => void;

/**
 * Integrates the circuit burst by burst, by operator splitting: the linear part exactly (matrix exponential), the transistor's
 * discharge exactly, v − vₜ = w → w / (1 + g t w / C). Stable at any step. In the coordinates of a slot's equilibrium the linear
 * part has no drive left, and two half discharges that meet are one.
 */
export function createRlcKernel(circuit: RlcCircuit, scan: RlcScan): RlcKernel {
  const { slots, slotLength, stepsPerSlot, splitting } = scan;
  const step = slotLength / stepsPerSlot;
  const { states, matrix } = linearPart(circuit);
  const propagator = matrixExponential(
    matrix.map((value) => value * step),
    states,
  );
  const before = splitting === "strang" ? step / 2 : 0;
  const last = step - before;
  const run = states === 2 ? runPlain : runWithTank;
  return (inputs, outputs, warmth = 1) => {
    const strength = circuit.transconductance * warmth * circuit.inverseCapacitance;
    const discharge = { before: strength * before, between: strength * step, last: strength * last };
    run(inputs, outputs, { slots, stepsPerSlot, propagator, threshold: circuit.threshold / warmth, discharge });
  };
}

type Plan = {
  readonly slots: number;
  readonly stepsPerSlot: number;
  readonly propagator: Float64Array;
  readonly threshold: number;
  /** g t / C of the discharge at the start of a slot, between two steps, and at the end. */
  readonly discharge: { readonly before: number; readonly between: number; readonly last: number };
};

type Four = readonly [number, number, number, number];
type Sixteen = readonly [...Four, ...Four, ...Four, ...Four];

function runPlain(inputs: Float32Array, outputs: Float32Array, plan: Plan): void {
  const { slots, stepsPerSlot, threshold } = plan;
  const { before, between, last } = plan.discharge;
  const [ii, iv, vi, vv] = plan.propagator as unknown as Four;
  for (let at = 0; at < inputs.length;) {
    let i = 0;
    let v = 0;
    for (const end = at + slots; at < end; at += 1) {
      const drive = inputs[at] as number;
      const edge = threshold - drive; // the threshold as this slot's coordinates see it
      v -= drive;
      if (v > edge) v = edge + (v - edge) / (1 + before * (v - edge));
      for (let step = 1; step <= stepsPerSlot; step += 1) {
        const next = ii * i + iv * v;
        v = vi * i + vv * v;
        i = next;
        if (v > edge) v = edge + (v - edge) / (1 + (step === stepsPerSlot ? last : between) * (v - edge));
      }
      v += drive;
      outputs[at] = v;
    }
  }
}

function runWithTank(inputs: Float32Array, outputs: Float32Array, plan: Plan): void {
  const { slots, stepsPerSlot, threshold } = plan;
  const { before, between, last } = plan.discharge;
  const [ii, iv, ij, iw, vi, vv, vj, vw, ji, jv, jj, jw, wi, wv, wj, ww] = plan.propagator as unknown as Sixteen;
  for (let at = 0; at < inputs.length;) {
    let i = 0;
    let v = 0;
    let j = 0; // i₂
    let w = 0; // v₂
    for (const end = at + slots; at < end; at += 1) {
      const drive = inputs[at] as number;
      const edge = threshold - drive;
      v -= drive;
      w -= drive;
      if (v > edge) v = edge + (v - edge) / (1 + before * (v - edge));
      for (let step = 1; step <= stepsPerSlot; step += 1) {
        const nextI = ii * i + iv * v + ij * j + iw * w;
        const nextV = vi * i + vv * v + vj * j + vw * w;
        const nextJ = ji * i + jv * v + jj * j + jw * w;
        w = wi * i + wv * v + wj * j + ww * w;
        i = nextI;
        j = nextJ;
        v = nextV;
        if (v > edge) v = edge + (v - edge) / (1 + (step === stepsPerSlot ? last : between) * (v - edge));
      }
      v += drive;
      w += drive;
      outputs[at] = v;
    }
  }
}
