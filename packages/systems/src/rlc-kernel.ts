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

// Two bursts at a time: one division waits for the next in a chain of steps, and two chains wait for each other half as long.
// Where bursts are odd in number, the last is worked out twice.

function runPlain(inputs: Float32Array, outputs: Float32Array, plan: Plan): void {
  const { slots, stepsPerSlot, threshold } = plan;
  const { before, between, last } = plan.discharge;
  const [ii, iv, vi, vv] = plan.propagator as unknown as Four;
  for (let start = 0; start < inputs.length; start += 2 * slots) {
    const apart = start + slots < inputs.length ? slots : 0;
    let i = 0;
    let v = 0;
    let iToo = 0;
    let vToo = 0;
    for (let at = start; at < start + slots; at += 1) {
      const drive = inputs[at] as number;
      const driveToo = inputs[at + apart] as number;
      const edge = threshold - drive; // the threshold as this slot's coordinates see it
      const edgeToo = threshold - driveToo;
      v -= drive;
      vToo -= driveToo;
      if (v > edge) v = edge + (v - edge) / (1 + before * (v - edge));
      if (vToo > edgeToo) vToo = edgeToo + (vToo - edgeToo) / (1 + before * (vToo - edgeToo));
      for (let step = 1; step <= stepsPerSlot; step += 1) {
        const strength = step === stepsPerSlot ? last : between;
        const next = ii * i + iv * v;
        const nextToo = ii * iToo + iv * vToo;
        v = vi * i + vv * v;
        vToo = vi * iToo + vv * vToo;
        i = next;
        iToo = nextToo;
        if (v > edge) v = edge + (v - edge) / (1 + strength * (v - edge));
        if (vToo > edgeToo) vToo = edgeToo + (vToo - edgeToo) / (1 + strength * (vToo - edgeToo));
      }
      v += drive;
      vToo += driveToo;
      outputs[at] = v;
      outputs[at + apart] = vToo;
    }
  }
}

function runWithTank(inputs: Float32Array, outputs: Float32Array, plan: Plan): void {
  const { slots, stepsPerSlot, threshold } = plan;
  const { before, between, last } = plan.discharge;
  const [ii, iv, ij, iw, vi, vv, vj, vw, ji, jv, jj, jw, wi, wv, wj, ww] = plan.propagator as unknown as Sixteen;
  for (let start = 0; start < inputs.length; start += 2 * slots) {
    const apart = start + slots < inputs.length ? slots : 0;
    let i = 0;
    let v = 0;
    let j = 0; // i₂
    let w = 0; // v₂
    let iToo = 0;
    let vToo = 0;
    let jToo = 0;
    let wToo = 0;
    for (let at = start; at < start + slots; at += 1) {
      const drive = inputs[at] as number;
      const driveToo = inputs[at + apart] as number;
      const edge = threshold - drive;
      const edgeToo = threshold - driveToo;
      v -= drive;
      w -= drive;
      vToo -= driveToo;
      wToo -= driveToo;
      if (v > edge) v = edge + (v - edge) / (1 + before * (v - edge));
      if (vToo > edgeToo) vToo = edgeToo + (vToo - edgeToo) / (1 + before * (vToo - edgeToo));
      for (let step = 1; step <= stepsPerSlot; step += 1) {
        const strength = step === stepsPerSlot ? last : between;
        const nextI = ii * i + ij * j + iw * w + iv * v;
        const nextJ = ji * i + jj * j + jw * w + jv * v;
        const nextW = wi * i + wj * j + ww * w + wv * v;
        v = vi * i + vj * j + vw * w + vv * v;
        const nextIToo = ii * iToo + ij * jToo + iw * wToo + iv * vToo;
        const nextJToo = ji * iToo + jj * jToo + jw * wToo + jv * vToo;
        const nextWToo = wi * iToo + wj * jToo + ww * wToo + wv * vToo;
        vToo = vi * iToo + vj * jToo + vw * wToo + vv * vToo;
        i = nextI;
        j = nextJ;
        w = nextW;
        iToo = nextIToo;
        jToo = nextJToo;
        wToo = nextWToo;
        if (v > edge) v = edge + (v - edge) / (1 + strength * (v - edge));
        if (vToo > edgeToo) vToo = edgeToo + (vToo - edgeToo) / (1 + strength * (vToo - edgeToo));
      }
      v += drive;
      w += drive;
      vToo += driveToo;
      wToo += driveToo;
      outputs[at] = v;
      outputs[at + apart] = vToo;
    }
  }
}
