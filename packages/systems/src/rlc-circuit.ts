/**
 * The nonlinear R-L-C circuit: a drive u through R and L onto a node v with C, which a transistor discharges above its
 * threshold. Time is in units of 1/ω₀, voltages in one unit of choice, so that the nominal L and C are 1:
 *
 *     i' = (u − R i − v) / L        v' = (i − κ i₂ − g max(0, v − vₜ)²) / C
 *     i₂' = ω₂² (v − v₂ − R₂ i₂)    v₂' = i₂            (the parasitic tank, where there is one)
 */
export type RlcCircuit = {
  /** R over the impedance √(L/C): 1/Q. */
  readonly resistance: number;
  /** 1/L of i', 1 nominally. */
  readonly inverseInductance: number;
  /** 1/C of v', 1 nominally. */
  readonly inverseCapacitance: number;
  /** g of the transistor's square law. */
  readonly transconductance: number;
  /** vₜ: below it the transistor takes nothing. */
  readonly threshold: number;
  /** What nobody drew into the schematic: a second resonance that hangs on the node. */
  readonly tank?: { readonly coupling: number; readonly frequency: number; readonly resistance: number };
};

/**
 * Q = 4, g = 3, vₜ = 0.3. Parts that would make it at 1 kHz and 3 V a unit, not built: 100 mH, 253 nF, 157 Ω and a transistor
 * of 1.6 mA/V² with its threshold at 0.9 V.
 */
export const nominalRlc: RlcCircuit = {
  resistance: 0.25,
  inverseInductance: 1,
  inverseCapacitance: 1,
  transconductance: 3,
  threshold: 0.3,
};

/**
 * System matrix A of the linear part, x' = A (x − equilibrium), row-major: states i, v, and i₂, v₂ where there is a tank. At the
 * equilibrium of a constant drive u, v = v₂ = u and no current flows.
 */
export function linearPart(circuit: RlcCircuit): { readonly states: 2 | 4; readonly matrix: readonly number[] } {
  const { resistance, inverseInductance: l, inverseCapacitance: c, tank } = circuit;
  if (tank === undefined) return { states: 2, matrix: [-l * resistance, -l, c, 0] };
  const w = tank.frequency ** 2;
  // prettier-ignore
  return {
    states: 4,
    matrix: [
      -l * resistance, -l, 0, 0,
      c, 0, -c * tank.coupling, 0,
      0, w, -w * tank.resistance, -w,
      0, 0, 1, 0,
    ],
  };
}
