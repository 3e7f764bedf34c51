import { parameterRange, type Network } from "@ohmwork/circuit";
import type { Port, Ports } from "@ohmwork/core";
import type { BoardWiring } from "./board-wiring.ts";

const CODES = 4096;

/** Both ends of the window that wipers may stand in. */
export type WiperWindow = { readonly low: number; readonly high: number };

/** What a code of the converters is in volts, and the other way round. */
export type CodeScale = { readonly volts: (code: number) => number; readonly codeOf: (volts: number) => number };

/** @param supplyVolts what a code of 4096 would be [V] */
export function codeScale(supplyVolts: number): CodeScale {
  return {
    volts: (code) => (code / CODES) * supplyVolts,
    codeOf: (volts) => Math.min(CODES - 1, Math.max(0, Math.round((volts / supplyVolts) * CODES))),
  };
}

/** The widest window that the build and every edge of the network allow. */
export function widestWindow(network: Network, wiring: BoardWiring): WiperWindow {
  const ranges = network.circuit.edges.map(({ law }) => parameterRange(law));
  return {
    low: Math.max(wiring.lowestPosition, ...ranges.map((one) => one?.min ?? 1)),
    high: Math.min(256, ...ranges.map((one) => one?.max ?? 256)),
  };
}

/** Ports of a network on a board: sources, then grounds and rails, whose only value is their own voltage; a wiper for each edge. */
export function boardPorts({ circuit, roles }: Network, { low, high }: WiperWindow, supplyVolts: number): Ports {
  return {
    inputs: [...roles.sources, ...roles.grounds, ...roles.rails].map((name): Port => {
      const min = roles.rails.includes(name) ? supplyVolts : 0;
      return { name, unit: "V", size: 1, min, max: roles.grounds.includes(name) ? 0 : supplyVolts };
    }),
    parameters: circuit.edges.map(({ name }): Port => ({
      name,
      unit: "position",
      size: 1,
      min: low,
      max: high,
      levels: high - low + 1,
    })),
    outputs: roles.outputs.map((name): Port => ({ name, unit: "V", size: 1, min: 0, max: supplyVolts })),
  };
}
