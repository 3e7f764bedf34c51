import { createBuilder, encodeModel, type Graph, type GraphBuilder, type Value } from "@ohmwork/autograd";
import { createTwin, type Twin } from "./twin.ts";

export const pendulumStage = "angles";

type Swing = { readonly matrix: Value; readonly torques: Value; readonly angleFactor: number };

/**
 * `swing` as a graph, with what is known beforehand left out: in the first step, from rest, two of the four stages are
 * equal, and after the last one nobody asks for the speed.
 */
function addSwing(g: GraphBuilder, angles: Value, { matrix, torques, angleFactor }: Swing): Value {
  const [steps, h] = [5, 0.1];
  const accelerate = (q: Value): Value => g.add(g.matMul(g.sin(angleFactor === 1 ? q : g.mul(q, angleFactor)), matrix), torques);
  let q = angles;
  let v: Value | undefined;
  for (let step = 0; step < steps; step += 1) {
    const coasted = (time: number): Value => (v === undefined ? q : g.add(q, g.mul(v, time)));
    const half = coasted(h / 2);
    const whole = coasted(h);
    const k1 = accelerate(q);
    const k2 = v === undefined ? k1 : accelerate(half);
    const k3 = accelerate(g.add(half, g.mul(k1, h ** 2 / 4)));
    const between = g.add(k2, k3);
    const next = g.add(whole, g.mul(g.add(k1, between), h ** 2 / 6));
    if (step < steps - 1) {
      const k4 = accelerate(g.add(whole, g.mul(k2, h ** 2 / 2)));
      const push = g.mul(g.add(g.add(k1, k4), g.mul(between, 2)), h / 6);
      v = v === undefined ? push : g.add(v, push);
    }
    q = next;
  }
  return q;
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
