import type { Build } from "./build.ts";
import { type BuildIndex, indexBuild } from "./build-index.ts";

/** What the checks need of a netlist in the format of `docs/network-format.md`. */
export type Netlist = {
  readonly nodes: readonly string[];
  readonly edges: readonly { readonly name: string; readonly from: string; readonly to: string }[];
  readonly roles: {
    readonly sources: readonly string[];
    readonly grounds: readonly string[];
    readonly rails: readonly string[];
    readonly outputs: readonly string[];
  };
};

/** Says where a pin is, unless it is where it should be. */
function misplaced(index: BuildIndex, at: string, net: string): string | undefined {
  const found = index.netOf(at)?.name;
  return found === net ? undefined : `${at} is ${found === undefined ? "unconnected" : `on ${found}`}`;
}

function clashes<Item>(
  items: readonly Item[],
  key: (item: Item) => string,
  say: (key: string, items: Item[]) => string,
): string[] {
  const groups = Map.groupBy(items, key);
  return [...groups].filter(([, group]) => group.length > 1).map(([name, group]) => say(name, group));
}

function edgeProblems(build: Build, netlist: Netlist, index: BuildIndex): string[] {
  const problems = clashes(
    build.edges,
    ({ pot, wiper }) => `${pot} wiper ${wiper}`,
    (wiper, edges) => `${wiper} is edge twice: ${edges.map(({ edge }) => edge).join(" and ")}`,
  );
  const pots = build.components.filter(({ part }) => part === "mcp4251").map(({ ref }) => ref);
  for (const [e, { name, from, to }] of netlist.edges.entries()) {
    const placed = build.edges[e];
    if (placed === undefined || placed.edge !== name) {
      problems.push(`Edge ${e} is ${name} in the netlist and ${placed?.edge ?? "missing"} in the build`);
      continue;
    }
    if (placed.pot !== pots[Math.floor(e / 2)] || placed.wiper !== e % 2)
      problems.push(`Edge ${name} must be wiper ${e % 2} of ${pots[Math.floor(e / 2)]}: ${placed.pot} wiper ${placed.wiper}`);
    for (const [terminal, node] of [
      ["W", from],
      ["B", to],
    ] as const) {
      const wrong = misplaced(index, `${placed.pot}.P${placed.wiper}${terminal}`, node);
      if (wrong !== undefined) problems.push(`Edge ${name} has no end at ${node}: ${wrong}`);
    }
  }
  if (build.edges.length > netlist.edges.length)
    problems.push(`The build has ${build.edges.length} edges, the netlist ${netlist.edges.length}`);
  return problems;
}

function converterProblems(build: Build, netlist: Netlist, index: BuildIndex): string[] {
  const { component, channels } = build.converter;
  return [
    ...netlist.nodes
      .filter((node) => !netlist.roles.grounds.includes(node) && !channels.includes(node))
      .map((node) => `Node ${node} has no converter channel`),
    ...clashes(
      channels,
      (node) => node,
      (node) => `Node ${node} has two converter channels`,
    ),
    ...channels.flatMap((node, channel) => {
      const wrong = misplaced(index, `${component}.CH${channel}`, node);
      return wrong === undefined ? [] : [`Converter channel ${channel} does not read ${node}: ${wrong}`];
    }),
  ];
}

function driveProblems(build: Build, netlist: Netlist, index: BuildIndex): string[] {
  const problems = [
    ...netlist.roles.sources
      .filter((node) => !build.sources.some((source) => source.node === node))
      .map((node) => `Source ${node} has no DAC channel`),
    ...netlist.roles.outputs
      .filter((node) => !build.clamps.some((clamp) => clamp.node === node))
      .map((node) => `Output ${node} has no clamp`),
    ...clashes(
      [...build.sources, ...build.clamps],
      ({ dac, channel }) => `${dac} channel ${channel}`,
      (channel, uses) => `${channel} is used twice: ${uses.map(({ node }) => node).join(" and ")}`,
    ),
  ];
  for (const { node, dac, channel } of build.sources) {
    const wrong = misplaced(index, `${dac}.V${channel}`, node);
    if (wrong !== undefined) problems.push(`Source ${node} is not driven: ${wrong}`);
  }
  const board = build.components.find(({ part }) => build.parts.some(({ id, kind }) => id === part && kind === "board"))?.ref;
  for (const { node, dac, channel, switch: ref, switchNumber, closedBy } of build.clamps) {
    const wrong = [
      misplaced(index, `${ref}.${switchNumber}Y`, index.netOf(`${dac}.V${channel}`)?.name ?? `the net of ${dac}.V${channel}`),
      misplaced(index, `${ref}.${switchNumber}Z`, node),
      misplaced(index, `${ref}.${switchNumber}E`, index.netOf(`${board}.${closedBy}`)?.name ?? `the net of ${closedBy}`),
    ].filter((text) => text !== undefined);
    if (wrong.length > 0) problems.push(`Clamp of ${node} is not joined: ${wrong.join(", ")}`);
  }
  return problems;
}

function busProblems(build: Build, index: BuildIndex): string[] {
  const problems = [
    ...clashes(
      build.i2c,
      ({ address }) => String(address),
      (address, chips) => `I2C address ${address} is used twice: ${chips.map(({ component }) => component).join(" and ")}`,
    ),
    ...clashes(
      build.chipSelects,
      ({ register, output }) => `${register} output ${output}`,
      (output, chips) => `${output} selects two chips: ${chips.map(({ component }) => component).join(" and ")}`,
    ),
  ];
  for (const { ref, part } of build.components) {
    if (part === "mcp4251" && !build.chipSelects.some(({ component }) => component === ref))
      problems.push(`${ref} has no chip select`);
    if (part !== "mcp4728") continue;
    const address = build.i2c.find(({ component }) => component === ref)?.address;
    const { minimumAddress = 0, maximumAddress = 0 } = build.parts.find(({ id }) => id === part)?.facts ?? {};
    if (address === undefined || address < minimumAddress || address > maximumAddress)
      problems.push(`${ref} has no I2C address within ${minimumAddress} to ${maximumAddress}: ${address}`);
  }
  for (const { component, register, output } of build.chipSelects) {
    const pin = `${register}.Q${"ABCDEFGH"[output] ?? output}`;
    const wrong = misplaced(index, `${component}.CS`, index.netOf(pin)?.name ?? `the net of ${pin}`);
    if (wrong !== undefined) problems.push(`${component} is not selected by ${pin}: ${wrong}`);
  }
  return problems;
}

/** Where the build is not the netlist: edges, sources, clamps, converter channels, selects and addresses; nothing if they agree. */
export function networkProblems(build: Build, netlist: Netlist): string[] {
  const index = indexBuild(build);
  return [
    ...edgeProblems(build, netlist, index),
    ...converterProblems(build, netlist, index),
    ...driveProblems(build, netlist, index),
    ...busProblems(build, index),
  ];
}
