import { createDcSolver } from "@ohmwork/circuit";
import { createRandom } from "@ohmwork/core";
import type { BoardImperfections } from "./imperfections.ts";
import { MCP4251_POWER_ON_TAP, MCP4251_TAPS, type Mcp4251 } from "./mcp4251.ts";
import type { Mcp4728 } from "./mcp4728.ts";
import type { FaultyWiring } from "./wiring-fault.ts";

/** The circuit behind the chips: what every node stands at, at any time. */
export interface Analog {
  /** A wiper, a DAC or a switch has changed at that time [s]; times never go back. */
  change(seconds: number): void;
  /** Node voltage [V] at a time since the last change [s]. */
  volts(node: number, seconds: number): number;
  /** What a converter channel gives, 0–4095, with its offset and noise. */
  convert(channel: number, seconds: number, reference?: number): number;
}

export type AnalogParts = {
  readonly bench: FaultyWiring;
  readonly imperfections: BoardImperfections;
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
/** A jumper wire where none should be [Ω]. */
const SHORT_OHMS = 0.02;
const CODES = 4096;

/**
 * Node voltages by the DC solver of `@ohmwork/circuit`, each of which goes to its solved value with one time constant. DACs drive
 * through their output resistance, clamps through their switch as well.
 */
export function createAnalog({ bench, imperfections, seed, pots, dacs, isClosed }: AnalogParts): Analog {
  const { wiring } = bench;
  const { edges, sources, clamps, nodes, ground, supply } = wiring;
  const drives = [...sources, ...clamps];
  const terminal = nodes.length; // first of the DAC outputs
  const driven = nodes.map((_, node) => node).filter((node) => node !== ground && node !== supply);
  const graph = {
    nodes: [...nodes, ...drives.map((_, k) => `drive ${k}`)],
    edges: [
      ...edges.map(({ from, to }) => ({ from, to })),
      ...drives.map(({ node }, k) => ({ from: terminal + k, to: node })),
      ...driven.map((node) => ({ from: node, to: ground })),
      ...bench.shorts,
    ],
  };
  const solver = createDcSolver(graph, [ground, supply, ...drives.map((_, k) => terminal + k)]);

  const factor = (sd: number, normal: () => number): number => Math.max(SMALLEST_FACTOR, 1 + sd * normal());
  const potRandom = createRandom(seed, "virtual board potentiometers");
  const potOhms = edges.map(() => wiring.potOhms * factor(imperfections.potTolerance, potRandom.normal));
  const wiperOhms = edges.map(() => wiring.wiperOhms * factor(imperfections.wiperTolerance, potRandom.normal));
  const dacRandom = createRandom(seed, "virtual board DAC offsets");
  const dacOffsets = drives.map(() => imperfections.dacOffsetVolts * dacRandom.normal());
  const converterRandom = createRandom(seed, "virtual board converter offsets");
  const converterOffsets = wiring.channels.map(() => imperfections.converterOffsetVolts * converterRandom.normal());
  const noise = createRandom(seed, "virtual board converter noise");

  const conductances = new Float64Array(graph.edges.length).fill(LEAK_SIEMENS);
  bench.shorts.forEach((_, k) => {
    conductances[graph.edges.length - bench.shorts.length + k] = 1 / SHORT_OHMS;
  });
  const fixed = new Float64Array(2 + drives.length);
  fixed[1] = wiring.supplyVolts;
  const target = new Float64Array(graph.nodes.length);
  const start = new Float64Array(graph.nodes.length);
  let startSeconds = 0;

  const solve = (): void => {
    for (const [e, { pot, wiper }] of edges.entries()) {
      const chip = pots[pot] as Mcp4251;
      const tap = bench.isDead[e] === true ? MCP4251_POWER_ON_TAP : chip.position(wiper);
      const conducts = bench.isOpen[e] !== true && chip.isConnected(wiper);
      const ohms = (wiperOhms[e] as number) + (tap / (MCP4251_TAPS - 1)) * (potOhms[e] as number);
      conductances[e] = conducts ? 1 / ohms : 0;
    }
    for (const [k, { dac, channel }] of drives.entries()) {
      const { volts, ohms } = (dacs[dac] as Mcp4728).output(channel);
      const clamp = k - sources.length;
      const through = clamp < 0 ? ohms : isClosed(clamp) ? ohms + wiring.switchOhms : Infinity;
      conductances[edges.length + k] = 1 / through;
      fixed[2 + k] = Math.min(wiring.supplyVolts, Math.max(0, volts + (dacOffsets[k] as number)));
    }
    solver.factor(conductances);
    solver.solve(fixed, target);
  };
  const volts = (node: number, seconds: number): number => {
    const goal = target[node] as number;
    const waited = seconds - startSeconds;
    if (imperfections.settlingSeconds === 0) return goal;
    return goal + ((start[node] as number) - goal) * Math.exp(-Math.max(0, waited) / imperfections.settlingSeconds);
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
    convert: (channel, seconds, reference) => {
      const at = volts(wiring.channels[channel] as number, seconds);
      const minus = reference === undefined ? 0 : volts(wiring.channels[reference] as number, seconds);
      const read = at - minus + (converterOffsets[channel] as number) + imperfections.converterNoiseVolts * noise.normal();
      return Math.min(CODES - 1, Math.max(0, Math.round((read / wiring.supplyVolts) * CODES)));
    },
  };
}
