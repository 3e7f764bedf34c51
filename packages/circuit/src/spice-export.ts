import type { Circuit } from "./circuit.ts";
import { conductanceOf, type EdgeLaw, gminOf } from "./edge-law.ts";

export type SpiceOptions = {
  /** First line of the netlist. @default "Ohmwork network" */
  readonly title?: string;
  /** Lines before `.end`: what to analyse, and how exactly. @default operating point at tight tolerances */
  readonly directives?: readonly string[];
  /** Capacitance from each node to 0 V [nodes] F, for `.tran`. @default none */
  readonly capacitancesFarads?: ArrayLike<number>;
};

/**
 * kT/q of SPICE [V] at its nominal 27 °C, with the constants of ngspice (const.h: k = 1.38064852e-23 J/K, q = 1.6021766208e-19 C).
 * A diode takes its thermal voltage from here; what differs goes into its emission coefficient.
 */
const spiceThermalVolts = (1.380_648_52e-23 * 300.15) / 1.602_176_620_8e-19;

const operatingPoint: readonly string[] = [".options reltol=1e-9 vntol=1e-9 abstol=1e-15 gmin=1e-15", ".op"];

/**
 * Names of nodes as SPICE reads them: a name of letters, digits and underscores stays as it is, unless another differs from it
 * by case only or SPICE takes it for ground; every other node is called n_ and its index.
 */
export function spiceNodeNames(nodes: readonly string[]): string[] {
  const uses = new Map<string, number>();
  for (const node of nodes) uses.set(node.toLowerCase(), (uses.get(node.toLowerCase()) ?? 0) + 1);
  return nodes.map((node, i) => (/^(?!n_\d|gnd$)[a-z]\w*$/i.test(node) && uses.get(node.toLowerCase()) === 1 ? node : `n_${i}`));
}

function comment(text: string): string {
  return text.replaceAll(/[^\x20-\x7E]/g, "?");
}

/** Lines of one edge between two named nodes; models are collected once each. */
function elementLines(law: EdgeLaw, parameter: number, e: number, a: string, b: string, models: Map<string, string>): string[] {
  if (law.law === "diode") {
    const n = (law.emissionCoefficient * law.thermalVolts) / spiceThermalVolts;
    const key = `IS=${law.saturationAmperes} N=${n}`;
    const model = models.get(key) ?? `diode${models.size}`;
    models.set(key, model);
    const leak = gminOf(law) > 0 ? [`R${e} ${a} ${b} ${1 / gminOf(law)}`] : [];
    return [`D${e} ${a} ${b} ${model}`, ...leak];
  }
  if (law.law === "mosfet") {
    const overdrive = parameter - law.thresholdVolts;
    const leak = law.gminSiemens > 0 ? [`R${e} ${a} ${b} ${1 / law.gminSiemens}`] : [];
    return [
      `B${e} ${a} ${b} I=${law.amperesPerSquareVolt / 2}*(max(${overdrive}-V(${b}),0)^2-max(${overdrive}-V(${a}),0)^2)`,
      ...leak,
    ];
  }
  const conductance = conductanceOf(law, parameter);
  return conductance === 0 ? [`* R${e} ${a} ${b} is cut`] : [`R${e} ${a} ${b} ${1 / conductance}`];
}

/**
 * SPICE netlist of a circuit that runs in ngspice as it is. Element e is edge e; a transistor edge is a behavioural source.
 *
 * @param parameters [edges], as for the solvers
 * @param fixedVoltages volts of each fixed node, by node index
 */
export function toSpice(
  circuit: Circuit,
  parameters: ArrayLike<number>,
  fixedVoltages: ReadonlyMap<number, number>,
  options: SpiceOptions = {},
): string {
  const names = spiceNodeNames(circuit.nodes);
  const models = new Map<string, string>();
  const lines = [comment(options.title ?? "Ohmwork network")];
  for (const [i, name] of names.entries()) {
    if (name !== circuit.nodes[i]) lines.push(`* ${name} is node "${comment(circuit.nodes[i] as string)}"`);
  }
  for (const [node, volts] of fixedVoltages) lines.push(`V${node} ${names[node]} 0 DC ${volts}`);
  for (const [e, edge] of circuit.edges.entries()) {
    lines.push(`* edge "${comment(edge.name)}": ${edge.law.law}`);
    lines.push(
      ...elementLines(edge.law, parameters[e] as number, e, names[edge.from] as string, names[edge.to] as string, models),
    );
  }
  for (const [key, model] of models) lines.push(`.model ${model} D(${key})`);
  for (const [i, name] of names.entries()) {
    const farads = options.capacitancesFarads?.[i] ?? 0;
    if (farads > 0 && !fixedVoltages.has(i)) lines.push(`C${i} ${name} 0 ${farads}`);
  }
  return [...lines, ...(options.directives ?? operatingPoint), ".end", ""].join("\n");
}
