import { type Build, lowestSafePosition } from "@ohmwork/bench-16";
import type { Network } from "@ohmwork/circuit";
import { BadInputError } from "@ohmwork/core";

/** A channel of a DAC, both counted from where the board counts them: chips from 1, channels from 0. */
export type DacChannel = { readonly node: number; readonly chip: number; readonly channel: number };

/** How the nodes of a network reach the board. */
export type BoardWiring = {
  /** One per node: the converter channel that reads it, or the rail that it is. */
  readonly nodes: readonly (number | "ground" | "supply")[];
  readonly sources: readonly DacChannel[];
  /** `switchPin`: the pin of the board that closes the clamp. */
  readonly outputs: readonly (DacChannel & { readonly switchPin: number })[];
  /** Below this position of a wiper the supply across its edge may harm the chip. */
  readonly lowestPosition: number;
};

/**
 * The wiring that the parts of a build give a network.
 *
 * @throws BadInputError when a node can be neither read nor driven as its role asks
 */
export function wiringOf(build: Build, network: Network): BoardWiring {
  const { circuit, roles } = network;
  const chips = build.i2c.toSorted((a, b) => a.address - b.address).map(({ component }) => component);
  const missing = (node: string, what: string): never => {
    throw new BadInputError(`Node "${node}" has no ${what} in the build`);
  };
  const driven = ({ node, dac, channel }: { node: string; dac: string; channel: string }): DacChannel => ({
    node: circuit.nodes.indexOf(node),
    chip: chips.indexOf(dac) + 1,
    channel: "ABCD".indexOf(channel),
  });
  return {
    nodes: circuit.nodes.map((node) => {
      if (roles.grounds.includes(node)) return "ground";
      if (roles.rails.includes(node)) return "supply";
      const channel = build.converter.channels.indexOf(node);
      return channel >= 0 ? channel : missing(node, "channel of the converter");
    }),
    sources: roles.sources.map((node) => driven(build.sources.find((source) => source.node === node) ?? missing(node, "source"))),
    outputs: roles.outputs.map((node) => {
      const clamp = build.clamps.find((one) => one.node === node) ?? missing(node, "clamp");
      return { ...driven(clamp), switchPin: Number(clamp.closedBy.replace("D", "")) };
    }),
    lowestPosition: lowestSafePosition(build),
  };
}
