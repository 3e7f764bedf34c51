import { ad5220, type Circuit, createCircuit, type EdgeLaw, periodicLattice, transistorEdge, x9c303s } from "@ohmwork/circuit";
import { batchOf, type LearningRule, PortRangeError, type SelfLearningSystem } from "@ohmwork/core";
import { physicalSystemContract } from "@ohmwork/core/testing";
import { describe, expect, it } from "vitest";
import type { Imperfections } from "./imperfections.ts";
import { createSelfLearningNetwork, type SelfLearningNetworkOptions } from "./self-learning-network.ts";

const pot: EdgeLaw = { ...ad5220(100_000), lowestPosition: 1 };

function lattice(law: EdgeLaw): Circuit {
  const { nodes, edges } = periodicLattice(3, 3);
  return createCircuit(
    nodes,
    edges.map(([from, to], i) => ({ name: `e${i}`, from, to, law })),
  );
}

/** Half-way to the label, one tick against the contrast: small enough to foresee. */
function tickRule(parts: Partial<LearningRule> = {}): LearningRule {
  return {
    name: "tick",
    contrast: "free-clamped",
    swapReplicas: false,
    nudge: (free, label, displacement) => {
      for (let k = 0; k < free.length; k += 1) displacement[k] = 0.5 * ((label[k] as number) - (free[k] as number));
      return 1;
    },
    change: (first, second, _strength, _random, changes) => {
      for (let e = 0; e < changes.length; e += 1) changes[e] = Math.sign((first[e] as number) ** 2 - (second[e] as number) ** 2);
    },
    ...parts,
  };
}

function network(options: Partial<SelfLearningNetworkOptions> = {}): SelfLearningSystem {
  return createSelfLearningNetwork({
    circuit: lattice(pot),
    sources: [0, 4],
    outputs: [{ node: 8 }],
    sourceVolts: { min: 0, max: 5 },
    rule: tickRule(),
    seed: 1,
    ...options,
  });
}

async function learnFor(
  system: SelfLearningSystem,
  steps: number,
  inputs: number[][] = [[5, 0]],
  labels: number[][] = [[2]],
): Promise<void> {
  for await (const _ of system.learn(batchOf(inputs), batchOf(labels), { steps }));
}

async function outputOf(system: SelfLearningSystem, row: number[]): Promise<number> {
  return (await system.respond(batchOf([row]))).stages["outputs"]?.data[0] as number;
}

const wipers = async (system: SelfLearningSystem): Promise<number[]> => [...(await system.parameters()).values];

describe("createSelfLearningNetwork() keeps the contract", () => {
  const kinds: Record<string, (seed: number) => SelfLearningSystem> = {
    "with ideal potentiometers": (seed) => network({ seed }),
    "with every imperfection": (seed) =>
      network({
        seed,
        rule: tickRule({ swapReplicas: true }),
        imperfections: {
          comparatorOffsetVolts: 1e-3,
          comparatorNoiseVolts: 5e-3,
          tapTolerance: 0.2,
          endToEndTolerance: 0.2,
          replicaMismatch: 0.02,
          stuckEdges: ["e3"],
          cutEdges: ["e5"],
        },
      }),
    "with a symmetric contrast and logarithmic potentiometers": (seed) =>
      network({ seed, circuit: lattice(x9c303s()), rule: tickRule({ contrast: "symmetric" }) }),
    "with transistors and a differential output": (seed) =>
      network({ seed, circuit: lattice(transistorEdge()), outputs: [{ node: 8, minus: 2 }], sourceVolts: { min: 0, max: 0.45 } }),
  };
  for (const [kind, create] of Object.entries(kinds)) {
    describe(kind, () => {
      for (const { name, run } of physicalSystemContract(kind, async (seed) => create(seed)))
        it(name, async () => expect(await run()).toBeUndefined());
    });
  }
});

describe("createSelfLearningNetwork()", () => {
  it("learns: the output goes to its label", async () => {
    await using system = network();
    const before = Math.abs((await outputOf(system, [5, 0])) - 2);
    await learnFor(system, 300);
    expect(before).toBeGreaterThan(0.2);
    expect(Math.abs((await outputOf(system, [5, 0])) - 2)).toBeLessThan(0.05);
  });

  it("never moves a wiper out of its window, whatever the rule wants", async () => {
    for (const push of [1e9, -1e9, Number.MAX_VALUE]) {
      const rule = tickRule({ change: (_f, _s, _g, _r, changes) => void changes.fill(push) });
      await using system = network({ rule });
      await learnFor(system, 3);
      for (const wiper of await wipers(system)) expect(wiper).toBe(push > 0 ? 1 : 127); // less resistance is a lower position
    }
  });

  it("keeps the fractions of a continuous rule, and stands its wipers on whole positions", async () => {
    const rule = tickRule({ change: (_f, _s, _g, _r, changes) => void changes.fill(-0.3) });
    await using system = network({ rule });
    const start = await wipers(system);
    await learnFor(system, 1);
    expect(await wipers(system)).toEqual(start);
    await learnFor(system, 9);
    expect(await wipers(system)).toEqual(start.map((wiper) => wiper + 3));
  });

  it("tells a rule what share each parameter is of its largest value: at the lowest position not 0, or an edge could never leave it", async () => {
    const told: number[] = [];
    const rule = tickRule({
      change: (_f, _s, _g, _r, changes, shares) => {
        told.splice(0, Infinity, ...(shares ?? []));
        changes.fill(1e9);
      },
    });
    await using system = network({ rule });
    await learnFor(system, 2);
    expect(told).toEqual(Array.from({ length: 18 }, () => 1 / 127));
  });

  it("does not move a stuck wiper and moves the others", async () => {
    await using system = network({ imperfections: { stuckEdges: ["e2"] } });
    const start = await wipers(system);
    await system.program(new Float32Array(18).fill(20));
    await learnFor(system, 30);
    const end = await wipers(system);
    expect(end[2]).toBe(start[2]);
    expect(end.filter((wiper) => wiper !== 20).length).toBeGreaterThan(4);
  });

  it("carries no current through a cut edge", async () => {
    const oneEdgeLeft = lattice(pot)
      .edges.filter(({ from, to }) => from === 8 || to === 8)
      .slice(1);
    await using system = network({ imperfections: { cutEdges: oneEdgeLeft.map(({ name }) => name) } });
    const dangling = lattice(pot).edges.find(({ from, to }) => from === 8 || to === 8);
    const neighbour = dangling?.from === 8 ? dangling.to : (dangling?.from as number);
    await using beside = network({
      outputs: [{ node: neighbour }],
      imperfections: { cutEdges: oneEdgeLeft.map(({ name }) => name) },
    });
    expect(await outputOf(system, [5, 0])).toBeCloseTo(await outputOf(beside, [5, 0]), 6);
  });

  it("refuses cuts that leave a node without any path", () => {
    const around = lattice(pot).edges.filter(({ from, to }) => from === 8 || to === 8);
    expect(() => network({ imperfections: { cutEdges: around.map(({ name }) => name) } })).toThrow(
      expect.objectContaining({ code: "circuit-disconnected" }),
    );
  });

  it("gives every law its tolerances: each kind of edge answers otherwise with them", async () => {
    const conductor: EdgeLaw = { law: "conductor", minSiemens: 1e-6, maxSiemens: 1e-2 };
    for (const law of [pot, x9c303s(), conductor, transistorEdge()]) {
      const answer = async (imperfections: Partial<Imperfections>): Promise<number> => {
        await using system = network({ circuit: lattice(law), sourceVolts: { min: 0, max: 0.45 }, imperfections });
        return await outputOf(system, [0.45, 0]);
      };
      const ideal = await answer({});
      expect(await answer({ endToEndTolerance: 0.2 })).not.toBe(ideal);
      expect(await answer({ replicaMismatch: 0.2 })).not.toBe(ideal);
    }
  });

  it("refuses a label outside the outputs' window, and a rule that asks for what is no number", async () => {
    await using system = network();
    await expect(learnFor(system, 1, [[5, 0]], [[Number.POSITIVE_INFINITY]])).rejects.toThrow(PortRangeError);
    await using confused = network({ rule: tickRule({ change: (_f, _s, _g, _r, changes) => void changes.fill(Number.NaN) }) });
    await expect(learnFor(confused, 1)).rejects.toThrow("Rule tick asks edge e0 for a change that is not a number");
  });

  it("names a new revision wherever learning ends, if an edge has moved", async () => {
    await using system = network();
    const { revision } = await system.parameters();
    for await (const _ of system.learn(batchOf([[5, 0]]), batchOf([[2]]), { steps: 100, reportEvery: 10 })) break;
    expect((await system.parameters()).revision).toBeGreaterThan(revision);
  });

  it("refuses an imperfection of an edge that is not there, and a node without a source", () => {
    expect(() => network({ imperfections: { cutEdges: ["e99"] } })).toThrow(/e99/);
    const apart = createCircuit(
      ["a", "b", "c", "d"],
      [
        { name: "ab", from: 0, to: 1, law: pot },
        { name: "cd", from: 2, to: 3, law: pot },
      ],
    );
    expect(() => network({ circuit: apart, sources: [0], outputs: [{ node: 1 }] })).toThrow(
      expect.objectContaining({ code: "circuit-disconnected" }),
    );
  });

  it("is led astray by a fixed comparator error, and less so when the replicas are swapped", async () => {
    const errorWith = async (swapReplicas: boolean): Promise<number> => {
      let sum = 0;
      for (let seed = 1; seed <= 10; seed += 1) {
        await using system = network({ seed, rule: tickRule({ swapReplicas }), imperfections: { comparatorOffsetVolts: 0.05 } });
        await learnFor(system, 600);
        sum += Math.abs((await outputOf(system, [5, 0])) - 2) / 10;
      }
      return sum;
    };
    const [fixed, swapped] = [await errorWith(false), await errorWith(true)];
    expect(fixed).toBeGreaterThan(0.1);
    expect(swapped).toBeLessThan(fixed / 2);
  });

  it("restores a snapshot in the middle of learning and goes on to the same bits", async () => {
    const imperfections = { comparatorOffsetVolts: 1e-3, comparatorNoiseVolts: 0.05, replicaMismatch: 0.01 };
    await using system = network({ rule: tickRule({ swapReplicas: true }), imperfections });
    await learnFor(system, 7);
    const state = (await system.snapshot?.()) as Uint8Array;
    await learnFor(system, 50);
    const end = await wipers(system);
    await using other = network({ rule: tickRule({ swapReplicas: true }), imperfections });
    await other.restore?.(state);
    await learnFor(other, 50);
    expect(await wipers(other)).toEqual(end);
  });

  it("reports the power of one replica: two resistances in a row between two rails", async () => {
    const chain = createCircuit(
      ["high", "middle", "low"],
      [
        { name: "upper", from: 0, to: 1, law: pot },
        { name: "lower", from: 1, to: 2, law: pot },
      ],
    );
    await using system = network({ circuit: chain, sources: [0, 2], outputs: [{ node: 1 }] });
    await system.program(Float32Array.of(64, 64));
    const { stages, powerWatts } = await system.respond(batchOf([[5, 0]]));
    expect(powerWatts?.[0]).toBeCloseTo(25 / (2 * (50_000 + 40)), 9);
    expect(stages["outputs"]?.data[0]).toBeCloseTo(2.5, 6);
  });
});
