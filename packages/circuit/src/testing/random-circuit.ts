import type { Random } from "@ohmwork/core";
import { type Circuit, createCircuit } from "../circuit.ts";
import { type EdgeLaw, parameterRange } from "../edge-law.ts";
import { ad5220, mcp4251, transistorEdge, x9c303s } from "../parts.ts";
import { randomGraph } from "../topology.ts";

/** A circuit with a setting and fixed voltages, drawn at random. */
export type RandomCircuit = {
  readonly circuit: Circuit;
  /** [edges], 0 where an edge has no parameter. */
  readonly parameters: Float64Array;
  readonly fixed: readonly number[];
  /** [fixed] V. */
  readonly fixedVoltages: Float64Array;
};

/** Kinds of edge a random circuit is drawn from. */
export const edgeKinds = ["resistor", "conductor", "ad5220", "mcp4251", "x9c303s", "diode", "mosfet"] as const;
/** A `low-gate-mosfet` is a transistor with its gate at 0.75 to 2 V: beside sources of up to 5 V, mostly saturated or off. */
export type EdgeKind = (typeof edgeKinds)[number] | "low-gate-mosfet";

function between(random: Random, low: number, high: number): number {
  return low * (high / low) ** random.uniform();
}

function randomLaw(kind: EdgeKind, random: Random): EdgeLaw {
  switch (kind) {
    case "resistor":
      return { law: "resistor", resistanceOhms: between(random, 100, 1e5) };
    case "conductor":
      return { law: "conductor", minSiemens: 1e-6, maxSiemens: 1e-2 };
    case "ad5220":
      return ad5220([10_000, 50_000, 100_000][random.below(3)] as number);
    case "mcp4251":
      return mcp4251([5000, 10_000, 50_000, 100_000][random.below(4)] as number);
    case "x9c303s":
      return x9c303s();
    case "diode":
      return {
        law: "diode",
        saturationAmperes: between(random, 1e-15, 1e-10),
        emissionCoefficient: 1 + random.uniform(),
        thermalVolts: between(random, 0.023, 0.029),
        gminSiemens: 1e-12,
      };
    case "mosfet":
      return transistorEdge();
    case "low-gate-mosfet":
      return { ...transistorEdge(), maxGateVolts: 2 };
    default:
      return kind satisfies never;
  }
}

function randomParameter(law: EdgeLaw, random: Random): number {
  const range = parameterRange(law);
  if (range === undefined) return 0;
  if (range.levels !== undefined) return range.min + random.below(range.levels);
  return law.law === "conductor" ? between(random, range.min, range.max) : range.min + (range.max - range.min) * random.uniform();
}

/**
 * A connected network whose edges are drawn from the given kinds, at random settings, between fixed voltages of 0 to 5 V.
 * A tree of the network is never made of diodes, so that no node hangs by their leaks alone.
 */
export function randomCircuit(nodes: number, kinds: readonly EdgeKind[], random: Random): RandomCircuit {
  const degree = Math.min(2.5 + 2 * random.uniform(), nodes - 1);
  const { nodes: names, edges } = randomGraph(nodes, degree, random);
  const ohmic = kinds.filter((kind) => kind !== "diode");
  const laws = edges.map((_, e) => {
    const choice = e < nodes - 1 && ohmic.length > 0 ? ohmic : kinds;
    return randomLaw(choice[random.below(choice.length)] as EdgeKind, random);
  });
  const circuit = createCircuit(
    names,
    edges.map(([from, to], e) => ({ name: `e${e}`, from, to, law: laws[e] as EdgeLaw })),
  );
  const fixed = [...random.permutation(nodes)].slice(0, 2 + random.below(Math.min(4, nodes - 2)));
  return {
    circuit,
    parameters: Float64Array.from(laws, (law) => randomParameter(law, random)),
    fixed,
    fixedVoltages: Float64Array.from(fixed, (_, k) => (k === 0 ? 0 : 5 * random.uniform())),
  };
}
