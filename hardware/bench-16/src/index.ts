import netlist from "./netlist.json" with { type: "json" };

export {
  bench16Build,
  type Build,
  type Clamp,
  type Component,
  type Net,
  type Part,
  type Pin,
  type PinKind,
  type Source,
} from "./build.ts";
export { networkProblems, type Netlist } from "./check-network.ts";
export { wiringProblems } from "./check-wiring.ts";
export { edgeOhms, lowestSafePosition } from "./limits.ts";

/** The netlist of bench-16 as JSON text, in the format of `docs/network-format.md`: what everything else about the build is read from. */
export const bench16Netlist: string = JSON.stringify(netlist);
