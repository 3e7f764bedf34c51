/** What accelerates n coupled pendulums: q″ = matrix · sin(angleFactor · q) + torques, in units of the time a pendulum takes for a radian. */
export type PendulumForces = {
  /** [n × n], symmetric: couplings beside the diagonal, and on it what pulls each pendulum back. */
  readonly matrix: Float32Array;
  /** [n] */
  readonly torques: Float32Array;
  /** 1 for a pendulum as drawn: what the angle counts for under the sine. */
  readonly angleFactor: number;
};

/** How a swing is integrated: fourth-order Runge–Kutta in equal steps. */
export type SwingTiming = {
  /** @default 0.5 */
  readonly duration?: number;
  /** @default 5 */
  readonly steps?: number;
};

/**
 * The reference: angles [rows × n] after pendulums were let go at rest at `angles` [rows × n]. Runge–Kutta for q″ = a(q),
 * whose four stages need three positions between: those of the classical method for (q, q′), written out (Nyström 1925).
 */
export function swing(forces: PendulumForces, angles: Float32Array, timing: SwingTiming = {}): Float32Array {
  const { duration = 0.5, steps = 5 } = timing;
  const n = forces.torques.length;
  const h = duration / steps;
  const end = new Float32Array(angles.length);
  const [q, v, at, k1, k2, k3, k4, sines] = Array.from({ length: 8 }, () => new Float64Array(n)) as Eight;
  const accelerate = (position: Float64Array, acceleration: Float64Array): void => {
    for (let j = 0; j < n; j += 1) sines[j] = Math.sin(forces.angleFactor * (position[j] as number));
    for (let i = 0; i < n; i += 1) {
      let sum = forces.torques[i] as number;
      const row = i * n;
      for (let j = 0; j < n; j += 1) sum += (forces.matrix[row + j] as number) * (sines[j] as number);
      acceleration[i] = sum;
    }
  };
  for (let start = 0; start < angles.length; start += n) {
    for (let i = 0; i < n; i += 1) q[i] = angles[start + i] as number;
    v.fill(0);
    for (let step = 0; step < steps; step += 1) {
      accelerate(q, k1);
      for (let i = 0; i < n; i += 1) at[i] = (q[i] as number) + (h / 2) * (v[i] as number);
      accelerate(at, k2);
      for (let i = 0; i < n; i += 1) (at[i] as number) += (h ** 2 / 4) * (k1[i] as number);
      accelerate(at, k3);
      for (let i = 0; i < n; i += 1) at[i] = (q[i] as number) + h * (v[i] as number) + (h ** 2 / 2) * (k2[i] as number);
      accelerate(at, k4);
      for (let i = 0; i < n; i += 1) {
        const [a1, a2, a3, a4] = [k1[i] as number, k2[i] as number, k3[i] as number, k4[i] as number];
        (q[i] as number) += h * (v[i] as number) + (h ** 2 / 6) * (a1 + a2 + a3);
        (v[i] as number) += (h / 6) * (a1 + 2 * a2 + 2 * a3 + a4);
      }
    }
    end.set(q, start);
  }
  return end;
}

type Eight = [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
