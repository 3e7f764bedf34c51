import { type Circuit, orientationOf, parameterRange } from "@ohmwork/circuit";
import { BadInputError, didYouMean } from "@ohmwork/core";
import type { Imperfections } from "./imperfections.ts";

/** An edge with a parameter of its own, which learning moves inside its window. */
export type LearningEdge = {
  /** Index among all edges of the circuit. */
  readonly index: number;
  readonly name: string;
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  /** Positions of a stepped edge; absent where the parameter is continuous. */
  readonly levels?: number;
  /** +1 where a larger parameter conducts more, −1 where less. */
  readonly orientation: number;
  readonly stuck: boolean;
};

/** @throws BadInputError when an imperfection names an edge that is not there */
export function learningEdgesOf(circuit: Circuit, { stuckEdges, cutEdges }: Imperfections): LearningEdge[] {
  const known = new Set(circuit.edges.map((edge) => edge.name));
  for (const name of [...stuckEdges, ...cutEdges]) {
    if (known.has(name)) continue;
    throw new BadInputError(`No edge "${name}" in this network${didYouMean(name, [...known])}`);
  }
  return circuit.edges.flatMap(({ name, law }, index) => {
    const range = parameterRange(law);
    if (range === undefined) return [];
    const { min, max, unit, levels } = range;
    const edge = { index, name, unit, min, max, orientation: orientationOf(law), stuck: stuckEdges.includes(name) };
    return [levels === undefined ? edge : { ...edge, levels }];
  });
}

/** The edges that still conduct. */
export function withoutCutEdges(circuit: Circuit, { cutEdges }: Imperfections): Circuit {
  return { ...circuit, edges: circuit.edges.filter(({ name }) => !cutEdges.includes(name)) };
}
