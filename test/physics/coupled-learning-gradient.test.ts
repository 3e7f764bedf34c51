import { type Circuit, createCircuit, randomGraph, solveDcDense } from "@ohmwork/circuit";
import { batchOf, createRandom } from "@ohmwork/core";
import { continuousRule, coupledLearning, towardsLabel } from "@ohmwork/learning";
import { createSelfLearningNetwork } from "@ohmwork/systems";
import { describe, expect, it } from "vitest";

/** Nodes 0–2 are driven; the first ones after them are read. */
const SOURCES = [0, 1, 2];
const VOLTS = [1, 0, 0.4];

function randomConductors(seed: number): { circuit: Circuit; conductances: Float64Array } {
  const random = createRandom(seed, "gradient test");
  const { nodes, edges } = randomGraph(16, 4, random);
  const law = { law: "conductor", minSiemens: 0, maxSiemens: 1e3 } as const;
  const circuit = createCircuit(
    nodes,
    edges.map(([from, to], i) => ({ name: `e${i}`, from, to, law })),
  );
  return { circuit, conductances: Float64Array.from(edges, () => 0.5 + random.uniform()) };
}

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let dot = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i += 1) {
    dot += (a[i] as number) * (b[i] as number);
    aa += (a[i] as number) ** 2;
    bb += (b[i] as number) ** 2;
  }
  return dot / Math.sqrt(aa * bb);
}

/** −d(MSE)/dk by central differences on the dense reference solver, in double precision. */
function trueDescent(
  circuit: Circuit,
  conductances: Float64Array,
  outputs: readonly number[],
  labels: readonly number[],
): Float64Array {
  const errorAt = (k: Float64Array): number => {
    const voltages = solveDcDense(circuit, k, SOURCES, Float64Array.from(VOLTS));
    return outputs.reduce((sum, node, i) => sum + ((voltages[node] as number) - (labels[i] as number)) ** 2, 0);
  };
  return conductances.map((k, e) => {
    const h = 1e-5 * k;
    return (errorAt(conductances.with(e, k - h)) - errorAt(conductances.with(e, k + h))) / (2 * h);
  });
}

/** What the network does by itself at one presentation. */
async function ownChange(options: {
  circuit: Circuit;
  conductances: Float64Array;
  outputs: readonly number[];
  labels: readonly number[];
  eta: number;
  contrast: Contrast;
}): Promise<Float64Array> {
  const { circuit, conductances, outputs, labels, eta, contrast } = options;
  const changes = new Float64Array(conductances.length);
  const rule = coupledLearning({
    name: "continuous",
    edge: continuousRule({ rate: 1, width: eta }),
    nudge: towardsLabel({ eta }),
    contrast,
  });
  const watched: typeof rule = {
    ...rule,
    change: (first, second, strength, random, out) => {
      rule.change(first, second, strength, random, out);
      changes.set(out);
    },
  };
  let next = 0;
  await using system = createSelfLearningNetwork({
    circuit,
    sources: SOURCES,
    outputs: outputs.map((node) => ({ node })),
    sourceVolts: { min: 0, max: 1 },
    rule: watched,
    seed: 1,
    start: () => conductances[next++] as number,
  });
  for await (const _ of system.learn(batchOf([VOLTS]), batchOf([[...labels]]), { steps: 1 }));
  return changes;
}

type Contrast = "free-clamped" | "symmetric";

/** Cosines between what 40 random networks do and the true descent, smallest first. */
async function cosines(
  outputs: readonly number[],
  labels: readonly number[],
  eta: number,
  contrast: Contrast,
): Promise<number[]> {
  const found: number[] = [];
  for (let seed = 1; seed <= 40; seed += 1) {
    const { circuit, conductances } = randomConductors(seed);
    const change = await ownChange({ circuit, conductances, outputs, labels, eta, contrast });
    found.push(cosine(change, trueDescent(circuit, conductances, outputs, labels)));
  }
  return found.toSorted((a, b) => a - b);
}

describe("the continuous rule goes down the true gradient", () => {
  it("at η → 0 for one clamped output: cosine ≥ 0.999 in every network", async () => {
    expect((await cosines([5], [0.9], 1e-4, "free-clamped"))[0]).toBeGreaterThanOrEqual(0.999);
  });

  it("at a nudge of one hundredth: cosine ≥ 0.99 in every network", async () => {
    expect((await cosines([5], [0.9], 0.01, "free-clamped"))[0]).toBeGreaterThanOrEqual(0.99);
  });

  it("one-sided at a half nudge no more in every network, but in half of them: median ≥ 0.9", async () => {
    const found = await cosines([5], [0.9], 0.5, "free-clamped");
    expect(found[20]).toBeGreaterThanOrEqual(0.9);
    expect(found[0]).toBeLessThan(0.9); // the quadratic term is real; were it missing, nothing would be clamped
  });

  it("with the symmetric contrast at any nudge: the quadratic term cancels", async () => {
    for (const eta of [0.1, 0.5, 1]) expect((await cosines([5], [0.9], eta, "symmetric"))[0]).toBeGreaterThanOrEqual(0.9999);
  });

  // Holding two voltages at once is not the gradient of their squared errors: the currents needed are coupled by the network.
  it("not exactly when two outputs are clamped at once: median ≥ 0.95, worst far below", async () => {
    const found = await cosines([5, 9], [0.9, 0.1], 1e-4, "free-clamped");
    expect(found[20]).toBeGreaterThanOrEqual(0.95);
    expect(found[0]).toBeLessThan(0.9);
  });
});
