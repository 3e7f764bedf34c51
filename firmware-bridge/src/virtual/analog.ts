import { createDcSolver } from "@ohmwork/circuit";
import { createRandom } from "@ohmwork/core";
import type { BoardImperfections, BoardOffsets } from "./imperfections.ts";
import { MCP4251_POWER_ON_TAP, MCP4251_TAPS, type Mcp4251 } from "./mcp4251.ts";
import type { Mcp4728 } from "./mcp4728.ts";
import type { FaultyWiring } from "./wiring-fault.ts";

/** A conversion: the converter's capacitor is joined to a channel from one time to another [s], and keeps what it has then. */
export type Sample = {
  readonly channel: number;
  /** Channel whose voltage is taken off. @default ground */
  readonly reference?: number;
  readonly from: number;
  readonly to: number;
};

/** The circuit behind the chips: what every node stands at, at any time. */
export interface Analog {
  /** A wiper, a DAC or a switch has changed at that time [s]; times never go back. */
  change(seconds: number): void;
  /** Node voltage [V] at a time since the last change [s]. */
  volts(node: number, seconds: number): number;
  /** What a converter channel gives, 0–4095, with its offset and noise. */
  convert(sample: Sample): number;
}

export type AnalogParts = {
  readonly bench: FaultyWiring;
  readonly imperfections: BoardImperfections;
  readonly offsets?: BoardOffsets;
  readonly seed: number;
  readonly pots: readonly Mcp4251[];
  readonly dacs: readonly Mcp4728[];
  /** By clamp. */
  readonly isClosed: (clamp: number) => boolean;
};

/** A resistance may be far off, but it stays one. */
const SMALLEST_FACTOR = 0.05;
/** Leak of every node to ground [S]: breadboard and inputs; a node that nothing else holds must still be somewhere. */
const LEAK_SIEMENS = 1e-12;
/** Behind the leak of a node, the voltage that sends 1 A into it [V]. */
const PROBE_VOLTS = 1 / LEAK_SIEMENS;
/** A jumper wire where none should be [Ω]. */
const SHORT_OHMS = 0.02;
const CODES = 4096;

/**
 * Node voltages by the DC solver of `@ohmwork/circuit`, to which each node goes with the time constant of its own capacitance and of the
 * resistance that it sees. DACs drive through their output resistance, clamps through their switch as well; a DAC that is powered
 * down is a resistor to ground. The converter's capacitor brings the voltage of the channel before to the node it is joined to.
 */
export function createAnalog({ bench, imperfections, offsets, seed, pots, dacs, isClosed }: AnalogParts): Analog {
  const { wiring } = bench;
  const { edges, sources, clamps, nodes, ground, supply } = wiring;
  const drives = [...sources, ...clamps];
  const terminal = nodes.length; // first of the DAC outputs
  const driven = nodes.map((_, node) => node).filter((node) => node !== ground && node !== supply);
  const probe = terminal + drives.length; // first of the far ends of leaks
  const graph = {
    nodes: [...nodes, ...drives.map((_, k) => `drive ${k}`), ...driven.map((node) => `probe ${nodes[node]}`)],
    edges: [
      ...edges.map(({ from, to }) => ({ from, to })),
      ...drives.map(({ node }, k) => ({ from: terminal + k, to: node })),
      ...driven.map((node, i) => ({ from: node, to: probe + i })),
      ...bench.shorts,
    ],
  };
  const held = [ground, supply, ...drives.map((_, k) => terminal + k), ...driven.map((_, i) => probe + i)];
  const solver = createDcSolver(graph, held);

  const factor = (sd: number, normal: () => number): number => Math.max(SMALLEST_FACTOR, 1 + sd * normal());
  const potRandom = createRandom(seed, "virtual board potentiometers");
  const potOhms = edges.map(() => wiring.potOhms * factor(imperfections.potTolerance, potRandom.normal));
  const wiperOhms = edges.map(() => wiring.wiperOhms * factor(imperfections.wiperTolerance, potRandom.normal));
  const dacRandom = createRandom(seed, "virtual board DAC offsets");
  const dacOffsets = drives.map((_, k) => offsets?.dacVolts[k] ?? imperfections.dacOffsetVolts * dacRandom.normal());
  const converterRandom = createRandom(seed, "virtual board converter offsets");
  const converterOffsets = wiring.channels.map(
    (_, k) => offsets?.converterVolts[k] ?? imperfections.converterOffsetVolts * converterRandom.normal(),
  );
  const noise = createRandom(seed, "virtual board converter noise");

  const { strayFarads } = imperfections;
  const farads = nodes.map((_, node) => {
    const wipers = edges.filter(({ from }) => from === node).length;
    const ends = edges.filter(({ to }) => to === node).length;
    return strayFarads === 0 ? 0 : strayFarads + wipers * wiring.wiperFarads + ends * wiring.terminalFarads;
  });

  const conductances = new Float64Array(graph.edges.length).fill(LEAK_SIEMENS);
  bench.shorts.forEach((_, k) => {
    conductances[graph.edges.length - bench.shorts.length + k] = 1 / SHORT_OHMS;
  });
  const fixed = new Float64Array(held.length);
  const injected = new Float64Array(held.length);
  fixed[1] = wiring.supplyVolts;
  const target = new Float64Array(graph.nodes.length);
  const start = new Float64Array(graph.nodes.length);
  const answer = new Float64Array(graph.nodes.length);
  const ohms = new Float64Array(nodes.length);
  let startSeconds = 0;

  const solve = (): void => {
    for (const [e, { pot, wiper }] of edges.entries()) {
      const chip = pots[pot] as Mcp4251;
      const tap = bench.isDead[e] === true ? MCP4251_POWER_ON_TAP : chip.position(wiper);
      const conducts = bench.isOpen[e] !== true && chip.isConnected(wiper);
      conductances[e] = conducts ? 1 / ((wiperOhms[e] as number) + (tap / (MCP4251_TAPS - 1)) * (potOhms[e] as number)) : 0;
    }
    for (const [k, { dac, channel }] of drives.entries()) {
      const output = (dacs[dac] as Mcp4728).output(channel);
      const clamp = k - sources.length;
      const through = clamp < 0 ? output.ohms : isClosed(clamp) ? output.ohms + wiring.switchOhms : Infinity;
      conductances[edges.length + k] = 1 / through;
      const volts = output.isDriven ? output.volts + (dacOffsets[k] as number) : 0;
      fixed[2 + k] = Math.min(wiring.supplyVolts, Math.max(0, volts));
    }
    solver.factor(conductances);
    solver.solve(fixed, target);
    if (strayFarads === 0) return;
    for (const [i, node] of driven.entries()) {
      const at = 2 + drives.length + i;
      injected[at] = PROBE_VOLTS;
      solver.solve(injected, answer);
      injected[at] = 0;
      ohms[node] = answer[node] as number;
    }
  };
  /** What is left after a time of a deviation from where the node goes, with more capacitance on it. */
  const left = (node: number, seconds: number, more = 0): number =>
    seconds <= 0 ? 1 : Math.exp(-seconds / ((ohms[node] as number) * ((farads[node] as number) + more)));
  const volts = (node: number, seconds: number): number => {
    const goal = target[node] as number;
    if (strayFarads === 0) return goal;
    return goal + ((start[node] as number) - goal) * left(node, seconds - startSeconds);
  };

  let kept = 0; // on the converter's capacitor
  const sampled = (channel: number, from: number, to: number): number => {
    const node = wiring.channels[channel] as number;
    if (strayFarads === 0 || node === supply) {
      kept = volts(node, to);
      return kept;
    }
    // Charge is shared at once, since the node sees kilohms and the converter's switch has one: then both recover together.
    const goal = target[node] as number;
    const own = farads[node] as number;
    const more = wiring.sampleFarads;
    const joined = (volts(node, from) * own + kept * more) / (own + more);
    kept = goal + (joined - goal) * left(node, to - from, more);
    return kept;
  };

  solve();
  start.set(target);
  return {
    change: (seconds) => {
      for (let node = 0; node < nodes.length; node += 1) start[node] = volts(node, seconds);
      startSeconds = seconds;
      solve();
    },
    volts,
    convert: ({ channel, reference, from, to }) => {
      const minus = reference === undefined ? 0 : volts(wiring.channels[reference] as number, to);
      const at = sampled(channel, from, to) - minus;
      const read = at + (converterOffsets[channel] as number) + imperfections.converterNoiseVolts * noise.normal();
      return Math.min(CODES - 1, Math.max(0, Math.round((read / wiring.supplyVolts) * CODES)));
    },
  };
}
