import { loadModel, tensor } from "@ohmwork/autograd";
import { createRandom, type PhysicalSystem } from "@ohmwork/core";
import { type PhysicalPart, planNetwork } from "@ohmwork/learning";
import { createPendulums, type PendulumGap, pendulumTwin } from "@ohmwork/systems";
import { networkTraining } from "./network-training.ts";
import type { Shared, StepCase } from "./step-case.ts";

const [inputs, classes] = [196, 10];
const sizes = [inputs, inputs + classes] as const;
const RATE = 0.02;
const ANGLE = 0.1;

/** Of the realistic gap what has no chance in it: both sides have the very same device. */
const gap: PendulumGap = {
  angle: ANGLE,
  stiffness: 0,
  coupling: 0,
  frozenCoupling: 0,
  stiffnessDrift: 0,
  driftPeriodCalls: 1,
  ports: {},
};

const options = { seed: 1, gap };

async function part({ ports }: PhysicalSystem, pendulums: number): Promise<PhysicalPart> {
  return {
    inputs: ports.inputs,
    parameters: ports.parameters,
    twin: loadModel((await pendulumTwin({ pendulums })).model),
    width: pendulums,
  };
}

/** A step of Physics-Aware Training of the network that learns handwritten digits: 196 pendulums, then 206. */
export function pendulumCase(batch: number, wantedRatio: number): StepCase {
  const random = createRandom(1, `pendulum step of ${batch} rows`);
  const couplings = sizes.flatMap((n) => [
    ...Array.from({ length: n * n }, () => 0.05 * random.normal()),
    ...Array<number>(n).fill(0),
  ]);
  const shared: Shared = {
    parameters: tensor("float32", [couplings.length + 1], [...couplings, 5]),
    inputs: tensor("float32", [batch, inputs], Array.from({ length: batch * inputs }, random.uniform)),
    labels: tensor(
      "int64",
      [batch],
      Array.from({ length: batch }, () => random.below(classes)),
    ),
    rate: RATE,
  };
  return {
    name: "pendulums, Physics-Aware Training",
    batch,
    wantedRatio,
    product: [batch, sizes[1], sizes[1]],
    request: { ...shared, network: "pendulums", sizes, classes, angleFactor: 1 + ANGLE, way: "plain" },
    otherWays: { withoutWhatIsKnown: { way: "three places" } },
    async start(runtime) {
      const [first, second] = [
        createPendulums({ pendulums: sizes[0], ...options, runtime }),
        createPendulums({ pendulums: sizes[1], ...options, runtime }),
      ];
      const plan = planNetwork(
        {
          inputs,
          layers: [
            { kind: "physical", system: "first" },
            { kind: "pad", width: sizes[1] },
            { kind: "physical", system: "second" },
            { kind: "select", from: inputs, to: sizes[1] },
            { kind: "gain", start: 5 },
          ],
        },
        { first: await part(first, sizes[0]), second: await part(second, sizes[1]) },
      );
      return networkTraining(plan, runtime, { first, second }, shared);
    },
  };
}
