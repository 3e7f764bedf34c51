import { createBuilder, encodeModel, float, type Graph, type GraphBuilder, type Value } from "@ohmwork/autograd";
import { createTwin, type Twin } from "./twin.ts";

export const pendulumStage = "angles";

type Swing = { readonly matrix: Value; readonly torques: Value; readonly angleFactor: number };

/**
 * `swing` as a graph, rearranged so that little is left between the products with the matrix: sums of forces are taken as
 * products of sums of sines, and what is added to a product is handed to it. In the first step, from rest, two of the four
 * stages are equal; after the last one nobody asks for the speed.
 *
 * With f for the angle factor, M = f h²/12 · matrix and e = f h²/12 · torques, it is f q that swings, and `drift` is
 * f h/2 · speed + 3 e.
 */
function addSwing(g: GraphBuilder, angles: Value, { matrix, torques, angleFactor }: Swing): Value {
  const [steps, h] = [5, 0.1];
  const unit = (angleFactor * h ** 2) / 12;
  const scaled = g.mul(matrix, unit);
  const torque = (times: number): Value => g.mul(torques, unit * times);
  const pulled = (times: number, sines: Value, from: Value): Value =>
    g.op("Gemm", [sines, scaled, from], { alpha: float(times) });
  let q = angleFactor === 1 ? angles : g.mul(angles, angleFactor);
  let drift: Value | undefined;
  for (let step = 0; step < steps; step += 1) {
    const half = drift === undefined ? g.add(q, torque(3)) : g.add(q, drift);
    const whole = drift === undefined ? g.add(q, torque(6)) : g.add(half, drift);
    const s1 = g.sin(q);
    const s2 = drift === undefined ? s1 : g.sin(g.sub(half, torque(3)));
    const s3 = g.sin(pulled(3, s1, half));
    const between = g.add(s2, s3);
    const upTo3 = g.add(s1, between);
    const next = pulled(2, upTo3, whole);
    if (step < steps - 1) {
      const s4 = g.sin(pulled(6, s2, whole));
      drift = pulled(1, g.add(g.add(upTo3, between), s4), drift === undefined ? torque(9) : g.add(drift, torque(6)));
    }
    q = next;
  }
  return angleFactor === 1 ? q : g.mul(q, 1 / angleFactor);
}

/** A device of n pendulums: `angles` [rows, n] let go under `matrix` [n, n] and `torques` [n], as `PendulumForces` has them. */
export function pendulumDeviceGraph(n: number, angleFactor: number): Graph {
  const g = createBuilder();
  const angles = g.input("angles", "float32", ["rows", n]);
  const matrix = g.input("matrix", "float32", [n, n]);
  const torques = g.input("torques", "float32", [n]);
  return g.build({ outputs: [addSwing(g, angles, { matrix, torques, angleFactor })] });
}

/** What `createPendulums` makes without a gap: `inputs` [rows, n] and `parameters` [n² + n] in, `angles` [rows, n] out. */
export function pendulumTwinGraph(n: number): Graph {
  const g = createBuilder();
  const angles = g.input("inputs", "float32", ["rows", n]);
  const parameters = g.input("parameters", "float32", [n * n + n]);
  const couplings = g.reshape(g.slice(parameters, [0], [n * n], [0]), [n, n]);
  const torques = g.slice(parameters, [n * n], [n * n + n], [0]);
  const mean = g.mul(g.add(couplings, g.transpose(couplings)), 0.5);
  const own = g.neg(g.add(g.reduceSum(mean, [1], true), 1));
  const index = g.integers(Array.from({ length: n }, (_, i) => i));
  const onDiagonal = g.equal(g.unsqueeze(index, [0]), g.unsqueeze(index, [1]));
  const matrix = g.where(onDiagonal, own, mean);
  return g.build({ outputs: { [pendulumStage]: addSwing(g, angles, { matrix, torques, angleFactor: 1 }) } });
}

/** The twin of `createPendulums` with as many pendulums. @default 196 */
export function pendulumTwin(options: { readonly pendulums?: number } = {}): Promise<Twin> {
  return createTwin(encodeModel(pendulumTwinGraph(options.pendulums ?? 196)), pendulumStage);
}
