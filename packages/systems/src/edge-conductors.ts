import { type Circuit, conductanceOf, type Edge, type EdgeLaw, isLinear, parameterRange } from "@ohmwork/circuit";
import { createRandom } from "@ohmwork/core";
import type { Imperfections } from "./imperfections.ts";

/** The edges of one replica as they really are. */
export interface EdgeConductors {
  /** The circuit as a solver of nonlinear networks is to see it: linear edges as conductors that are set by their conductance. */
  readonly circuit: Circuit;
  /** Conductance of a linear edge at a setting of its parameter [S]. @throws TypeError when the edge is not linear */
  readonly conductanceAt: (edge: number, parameter: number) => number;
}

/** A part may be far off, but never backwards and never nothing: less than this share of its nominal value does not occur. */
const SMALLEST_SHARE = 0.05;

/** What a conductor stands for that takes any conductance. */
const anyConductor: EdgeLaw = { law: "conductor", minSiemens: 0, maxSiemens: Number.MAX_VALUE };

/**
 * Draws the tolerances of one replica. Every edge has streams of its own, named after it, so that an imperfection of one edge
 * changes nothing about the others; what both replicas share comes from the same stream in both.
 */
export function drawEdgeConductors(
  circuit: Circuit,
  imperfections: Imperfections,
  seed: number,
  replica: string,
): EdgeConductors {
  const { tapTolerance, endToEndTolerance, replicaMismatch, cutEdges } = imperfections;
  const drawn = circuit.edges.map((edge) => {
    const shared = createRandom(seed, `tolerance of ${edge.name}`);
    const own = createRandom(seed, `mismatch of ${edge.name} in ${replica}`);
    const share = (sd: number, random: typeof shared): number => Math.max(SMALLEST_SHARE, 1 + sd * random.normal());
    const scale = share(endToEndTolerance, shared) * share(replicaMismatch, own);
    const table = conductanceTable(edge.law, scale, () => share(tapTolerance, shared));
    return { edge, scale, table, isCut: cutEdges.includes(edge.name) };
  });
  const edges = drawn.map(({ edge, scale, isCut }): Edge => ({
    ...edge,
    law: isCut || isLinear(edge.law) ? anyConductor : scaledLaw(edge.law, scale),
  }));
  return {
    circuit: { ...circuit, edges },
    conductanceAt: (e, parameter) => {
      const { edge, scale, table, isCut } = drawn[e] as (typeof drawn)[number];
      if (isCut) return 0;
      if (table === undefined) return conductanceOf(edge.law, parameter) / scale;
      return table.siemens[parameter - table.firstPosition] as number;
    },
  };
}

/** Conductance at every position of a stepped edge [S], each step of resistance off by its own share. */
function conductanceTable(
  law: EdgeLaw,
  scale: number,
  stepShare: () => number,
): { firstPosition: number; siemens: Float64Array } | undefined {
  const range = parameterRange(law);
  if (range?.levels === undefined) return undefined;
  const siemens = new Float64Array(range.levels);
  let nominal = 1 / conductanceOf(law, range.min);
  let resistance = nominal;
  siemens[0] = 1 / (scale * resistance);
  for (let i = 1; i < siemens.length; i += 1) {
    const next = 1 / conductanceOf(law, range.min + i);
    resistance += (next - nominal) * stepShare();
    nominal = next;
    siemens[i] = 1 / (scale * resistance);
  }
  return { firstPosition: range.min, siemens };
}

/** A nonlinear law that carries 1/scale of its nominal current at every voltage. */
function scaledLaw(law: EdgeLaw, scale: number): EdgeLaw {
  switch (law.law) {
    case "mosfet":
      return { ...law, amperesPerSquareVolt: law.amperesPerSquareVolt / scale, gminSiemens: law.gminSiemens / scale };
    case "diode":
      return { ...law, saturationAmperes: law.saturationAmperes / scale };
    default:
      return law;
  }
}
