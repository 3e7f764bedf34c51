import type { Network } from "@ohmwork/circuit";
import type { BoardWiring } from "../board/board-wiring.ts";

const FULL = 4096;

/**
 * Codes that ideal converters read on a network of MCP4251 rheostats, by relaxation (Gauss–Seidel): slow, and too simple to be wrong.
 */
export function idealBench(
  network: Network,
  wiring: BoardWiring,
): (wipers: Uint16Array, sources: readonly number[], clamps: Int16Array) => Uint16Array {
  const { nodes, edges } = network.circuit;
  return (wipers, sources, clamps) => {
    const volts = new Float64Array(nodes.length).fill(FULL / 2);
    const isHeld = new Uint8Array(nodes.length);
    const hold = (node: number, code: number): void => {
      volts[node] = code;
      isHeld[node] = 1;
    };
    for (const [node, how] of wiring.nodes.entries()) if (typeof how === "string") hold(node, how === "ground" ? 0 : FULL);
    for (const [i, { node }] of wiring.sources.entries()) hold(node, sources[i] as number);
    for (const [k, { node }] of wiring.outputs.entries()) if ((clamps[k] as number) >= 0) hold(node, clamps[k] as number);
    const siemens = edges.map((_, e) => 1 / (75 + ((wipers[e] as number) / 256) * 100_000));
    for (let sweep = 0; sweep < 60; sweep += 1) {
      for (let node = 0; node < nodes.length; node += 1) {
        if (isHeld[node] === 1) continue;
        let current = 0;
        let conductance = 0;
        for (const [e, { from, to }] of edges.entries()) {
          if (from !== node && to !== node) continue;
          current += (siemens[e] as number) * (volts[from === node ? to : from] as number);
          conductance += siemens[e] as number;
        }
        volts[node] = current / conductance;
      }
    }
    return Uint16Array.from(volts, (value) => Math.min(FULL - 1, Math.max(0, Math.round(value))));
  };
}
