import { createTransient, periodicLattice } from "@ohmwork/circuit";
import { createRandom } from "@ohmwork/core";
import { continuousRule } from "@ohmwork/learning";
import { expect, it } from "vitest";

const ETA = 0.1;
const SOURCES = [0, 4];
const SOURCE_VOLTS = Float64Array.of(1, 0);
const OUTPUT = 8;
const LABEL = 0.7;
/** A tenth of the time a node of four edges of 1 S with 1 F needs to settle [s]. */
const DT = 0.025;

/**
 * Both replicas settle while every edge learns: node voltages and conductances move together, dk/dt = (α/η)(V_F² − V_C²), as in
 * Stern et al., arXiv 2112.11399. The clamped output follows the free one, wherever that is at the time. Errors at every step [V].
 */
function learnWhileSettling(alpha: number, steps: number): number[] {
  const graph = periodicLattice(3, 3);
  const edges = graph.edges.map(([from, to]) => ({ from, to }));
  const network = { nodes: graph.nodes, edges };
  const random = createRandom(1, "beyond quasistatic");
  const conductances = Float64Array.from(edges, () => 0.5 + random.uniform());
  const farads = new Float64Array(9).fill(1);
  const freeNetwork = createTransient(network, SOURCES, farads);
  const clampedNetwork = createTransient(network, [...SOURCES, OUTPUT], farads);
  const free = new Float64Array(9);
  const clamped = new Float64Array(9);
  const rule = continuousRule({ rate: alpha * DT, width: ETA });
  const errors: number[] = [];
  for (let step = 0; step < steps; step += 1) {
    freeNetwork.step(conductances, SOURCE_VOLTS, free, DT);
    const output = free[OUTPUT] as number;
    clampedNetwork.step(conductances, Float64Array.of(...SOURCE_VOLTS, output + ETA * (LABEL - output)), clamped, DT);
    for (const [e, { from, to }] of edges.entries()) {
      const drop = (voltages: Float64Array): number => (voltages[from] as number) - (voltages[to] as number);
      const changed = (conductances[e] as number) + rule(drop(free), drop(clamped), 1, random);
      conductances[e] = Math.max(1e-3, changed);
    }
    errors.push(LABEL - output);
  }
  return errors;
}

/** Smaller errors are rounding [V]. */
const VISIBLE = 1e-6;

/** How often the error passes through zero while it can be seen. */
function swings(errors: readonly number[]): number {
  const visible = errors.filter((error) => Math.abs(error) > VISIBLE);
  return visible.reduce((count, error, i) => count + (i > 0 && error * (visible[i - 1] as number) < 0 ? 1 : 0), 0);
}

/** Steps until the error stays within 10 mV. */
function stepsToLearn(errors: readonly number[]): number {
  return errors.findLastIndex((error) => Math.abs(error) >= 0.01) + 1;
}

it("while learning is slow beside settling, learning ten times as fast takes a tenth of the time", () => {
  const [slow, fast] = [learnWhileSettling(0.1, 20_000), learnWhileSettling(1, 20_000)];
  expect(stepsToLearn(slow) / stepsToLearn(fast)).toBeGreaterThan(8);
  expect(stepsToLearn(slow) / stepsToLearn(fast)).toBeLessThan(12);
  expect(swings(slow)).toBe(0);
  expect(Math.abs(fast.at(-1) as number)).toBeLessThan(VISIBLE);
});

it("when learning overtakes settling the error swings, and learning still succeeds", () => {
  for (const alpha of [10, 100]) {
    const errors = learnWhileSettling(alpha, 20_000);
    expect(swings(errors)).toBeGreaterThanOrEqual(3);
    expect(Math.abs(errors.at(-1) as number)).toBeLessThan(VISIBLE);
  }
});
