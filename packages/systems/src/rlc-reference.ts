import { matrixExponential } from "./matrix-exponential.ts";
import { linearPart, type RlcCircuit } from "./rlc-circuit.ts";
import type { RlcKernel, RlcScan } from "./rlc-kernel.ts";

/** What `createRlcKernel` is, as it is thought of: step by step, state by state. The fast kernel is held to it. */
export function createRlcReference(circuit: RlcCircuit, scan: RlcScan): RlcKernel {
  const { slots, slotLength, stepsPerSlot, splitting } = scan;
  const { states, matrix } = linearPart(circuit);
  const step = slotLength / stepsPerSlot;
  const propagator = matrixExponential(
    matrix.map((value) => value * step),
    states,
  );
  /** Towards the equilibrium of a drive: no current, and the drive on every capacitor. */
  const relax = (state: Float64Array, drive: number): Float64Array => {
    const equilibrium = state.map((_, i) => (i % 2 === 1 ? drive : 0));
    return state.map((_, row) => {
      const away = state.map((value, i) => value - (equilibrium[i] as number));
      return away.reduce((sum, value, i) => sum + (propagator[row * states + i] as number) * value, equilibrium[row] as number);
    });
  };
  return (inputs, outputs, warmth = 1) => {
    const strength = circuit.transconductance * warmth * circuit.inverseCapacitance;
    const threshold = circuit.threshold / warmth;
    const discharge = (state: Float64Array, time: number): void => {
      const above = (state[1] as number) - threshold;
      if (above > 0) state[1] = threshold + above / (1 + strength * time * above);
    };
    let state = new Float64Array(states);
    for (const [at, drive] of inputs.entries()) {
      if (at % slots === 0) state = new Float64Array(states);
      for (let k = 0; k < stepsPerSlot; k += 1) {
        if (splitting === "strang") discharge(state, step / 2);
        state = new Float64Array(relax(state, drive));
        discharge(state, splitting === "strang" ? step / 2 : step);
      }
      outputs[at] = state[1] as number;
    }
  };
}
