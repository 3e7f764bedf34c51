import netlist from "./netlist.json" with { type: "json" };

/** The netlist of bench-16 as JSON text, in the format of `docs/network-format.md`: what everything else about the build is read from. */
export const bench16Netlist: string = JSON.stringify(netlist);
