import type { Build } from "@ohmwork/bench-16";

/** An edge of the network: one half of a potentiometer chip, from the net of its wiper to the net of its terminal B. */
type WiredEdge = {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly pot: number;
  readonly wiper: 0 | 1;
};

/** A DAC channel on a node. */
type WiredSource = { readonly node: number; readonly dac: number; readonly channel: number };

/** A DAC channel that a switch puts on a node while a pin of the board is high. */
type WiredClamp = WiredSource & { readonly pin: string };

/** What is connected to what, in indices: nodes, potentiometer chips and DACs are counted from 0 in the order of the build. */
export type Wiring = {
  readonly supplyVolts: number;
  readonly nodes: readonly string[];
  readonly ground: number;
  readonly supply: number;
  readonly edges: readonly WiredEdge[];
  readonly sources: readonly WiredSource[];
  readonly clamps: readonly WiredClamp[];
  /** Node of each converter channel. */
  readonly channels: readonly number[];
  readonly converter: string;
  /** Potentiometer chips, and the output of the shift register that selects each. */
  readonly pots: readonly { readonly ref: string; readonly output: number }[];
  readonly dacs: readonly { readonly ref: string; readonly address: number }[];
  /** Pins of the board that do what their name says. */
  readonly pins: {
    readonly potLatch: string;
    readonly potSelectOff: string;
    readonly converterSelect: string;
    /** SDA and SCL of the DACs. */
    readonly data: string;
    readonly clock: string;
  };
  readonly potOhms: number;
  readonly wiperOhms: number;
  readonly switchOhms: number;
  /** At the wiper of a potentiometer, at its terminal B, and of the converter while it samples. */
  readonly wiperFarads: number;
  readonly terminalFarads: number;
  readonly sampleFarads: number;
};

/** The wiring of a build, followed net by net. @throws TypeError when a wire that the emulation needs is not there */
export function wiringOf(build: Build): Wiring {
  const boardPart = build.parts.find((part) => part.kind === "board")?.id;
  const board = build.components.find((component) => component.part === boardPart)?.ref;
  const netOf = (pin: string): Build["nets"][number] => {
    const net = build.nets.find(({ pins }) => pins.includes(pin));
    if (net === undefined) throw new TypeError(`Pin ${pin} of the build is on no net`);
    return net;
  };
  const boardPinOn = (pin: string): string => {
    const net = netOf(pin);
    const found = net.pins.find((other) => other.startsWith(`${board}.`));
    if (found === undefined) throw new TypeError(`Net ${net.name} of the build reaches no pin of the board`);
    return found.slice(found.indexOf(".") + 1);
  };
  const nodes = build.nets.filter(({ role }) => role !== "signal").map(({ name }) => name);
  const indexOf = <T>(list: readonly T[], is: (item: T) => boolean, what: string): number => {
    const index = list.findIndex(is);
    if (index < 0) throw new TypeError(`${what} of the build is not known`);
    return index;
  };
  const node = (name: string): number => indexOf(nodes, (other) => other === name, `Node ${name}`);
  const terminal = (pin: string): number => node(netOf(pin).name);
  const factOf = (ref: string, fact: string): number => {
    const id = build.components.find((component) => component.ref === ref)?.part;
    const value = build.parts.find((part) => part.id === id)?.facts[fact];
    if (value === undefined) throw new TypeError(`Part of ${ref} has no ${fact}`);
    return value;
  };

  const pots = build.chipSelects.map(({ component, output }) => ({ ref: component, output }));
  const pot = (ref: string): number => indexOf(pots, (other) => other.ref === ref, `Potentiometer ${ref}`);
  const dacs = build.i2c.map(({ component, address }) => ({ ref: component, address }));
  const driveOf = (source: Build["sources"][number]): WiredSource => ({
    node: node(source.node),
    dac: indexOf(dacs, ({ ref }) => ref === source.dac, `DAC ${source.dac}`),
    channel: "ABCD".indexOf(source.channel),
  });
  const [firstSelect] = build.chipSelects;
  const [firstClamp] = build.clamps;
  const [firstPot] = pots;
  const [firstDac] = dacs;
  if (firstSelect === undefined || firstClamp === undefined || firstPot === undefined || firstDac === undefined)
    throw new TypeError("Build has no potentiometer, no DAC or no clamp");
  return {
    supplyVolts: build.supplyVolts,
    nodes,
    ground: indexOf(
      build.nets.filter(({ role }) => role !== "signal"),
      ({ role }) => role === "ground",
      "Ground",
    ),
    supply: indexOf(
      build.nets.filter(({ role }) => role !== "signal"),
      ({ role }) => role === "supply",
      "Supply",
    ),
    edges: build.edges.map(({ edge, pot: ref, wiper }) => ({
      name: edge,
      from: terminal(`${ref}.P${wiper}W`),
      to: terminal(`${ref}.P${wiper}B`),
      pot: pot(ref),
      wiper: wiper === 0 ? 0 : 1,
    })),
    sources: build.sources.map(driveOf),
    clamps: build.clamps.map((clamp) => ({ ...driveOf(clamp), pin: boardPinOn(`${clamp.switch}.${clamp.switchNumber}E`) })),
    channels: build.converter.channels.map(node),
    converter: build.converter.component,
    pots,
    dacs,
    pins: {
      potLatch: boardPinOn(`${firstSelect.register}.RCLK`),
      potSelectOff: boardPinOn(`${firstSelect.register}.OE`),
      converterSelect: boardPinOn(`${build.converter.component}.CS`),
      data: boardPinOn(`${firstDac.ref}.SDA`),
      clock: boardPinOn(`${firstDac.ref}.SCL`),
    },
    potOhms: factOf(firstPot.ref, "endToEndOhms"),
    wiperOhms: factOf(firstPot.ref, "wiperOhms"),
    switchOhms: factOf(firstClamp.switch, "onOhms"),
    wiperFarads: factOf(firstPot.ref, "wiperFarads"),
    terminalFarads: factOf(firstPot.ref, "terminalFarads"),
    sampleFarads: factOf(build.converter.component, "sampleFarads"),
  };
}
