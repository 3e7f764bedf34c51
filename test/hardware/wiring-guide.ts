import { bench16Build, bench16Netlist, edgeOhms, lowestSafePosition, type Net, type Netlist } from "@ohmwork/bench-16";
import { edgeCount, fact, sampleSeconds, settleSeconds, worstSourceAmperes } from "./load.ts";
import { markdownTable } from "./markdown-table.ts";
import { chipPinOf, netNameOf, partByRef, pinLabel, refsOfKind } from "./pin-names.ts";
import { places, rowsFor, wireCount } from "./placement.ts";

const netlist = JSON.parse(bench16Netlist) as Netlist;
const refOf = (at: string): string => at.split(".")[0] ?? "";
const isPassive = (at: string): boolean => ["resistor", "capacitor"].includes(partByRef(refOf(at)).kind);

/** Pins of a net as one cell, without resistors and capacitors, which have their own table. */
function joined(pins: readonly string[]): string {
  const shown = pins.filter((at) => !isPassive(at));
  const ofBoard = (at: string): number => (partByRef(refOf(at)).kind === "board" ? 0 : 1);
  return shown
    .toSorted((a, b) => ofBoard(a) - ofBoard(b))
    .map(pinLabel)
    .join(", ");
}

function placesTable(): string {
  return markdownTable(
    ["place", "breadboard", "columns", "part", "what it does"],
    places.map(({ ref, breadboard, first, last }) => [
      ref,
      breadboard,
      `${first} to ${last}`,
      partByRef(ref).partNumber,
      bench16Build.components.find((component) => component.ref === ref)?.purpose ?? "",
    ]),
  );
}

/** First column of B1 that no chip covers. */
const firstFreeColumn = Math.max(...places.filter(({ breadboard }) => breadboard === "B1").map(({ last }) => last)) + 2;

function rails(): string {
  const on = (role: Net["role"], ref: string): string =>
    bench16Build.nets
      .filter((net) => net.role === role)
      .flatMap(({ pins }) => pins)
      .filter((at) => refOf(at) === ref && !edgePins.has(at))
      .map((at) => pinLabel(at).slice(ref.length + 1))
      .join(", ");
  const refs = [...refsOfKind("board"), ...refsOfKind("chip")];
  return markdownTable(
    ["place", "to the supply rail (5 V)", "to the ground rail (0 V)"],
    refs.map((ref) => [ref, on("supply", ref), on("ground", ref)]),
  );
}

const edgePins = new Set(bench16Build.edges.flatMap(({ pot, wiper }) => [`${pot}.P${wiper}W`, `${pot}.P${wiper}B`]));

function passives(): string {
  const leg = (at: string): string => {
    const net = netNameOf(at);
    return net === "supply" || net === "ground" ? `${net} rail` : chipPinOf(net);
  };
  return markdownTable(
    ["place", "part", "leg 1", "leg 2", "what it does"],
    bench16Build.components
      .filter(({ ref }) => ["resistor", "capacitor"].includes(partByRef(ref).kind))
      .map(({ ref, purpose }) => [ref, partByRef(ref).name, leg(`${ref}.1`), leg(`${ref}.2`), purpose]),
  );
}

function digitalWires(): string {
  const nets = bench16Build.nets.filter(({ role }) => role === "signal");
  return markdownTable(
    ["net", "joins"],
    nets.map(({ name, pins }) => [`\`${name}\``, joined(pins)]),
  );
}

function nodes(): string {
  const nets = bench16Build.nets.filter(({ role }) => role === "node");
  return markdownTable(
    ["node", "rows", "joins", "and ends of edges"],
    nets.map(({ name, pins }) => {
      const ends = pins.filter((at) => edgePins.has(at));
      return [`\`${name}\``, String(rowsFor(pins.length)), joined(pins.filter((at) => !edgePins.has(at))), String(ends.length)];
    }),
  );
}

function edges(): string {
  return markdownTable(
    ["edge", "name", "chip", "wiper", "from this pin", "to node", "from this pin", "to node"],
    bench16Build.edges.map(({ edge, pot, wiper }, e) => [
      String(e),
      `\`${edge}\``,
      pot,
      String(wiper),
      pinLabel(`${pot}.P${wiper}W`),
      `\`${netlist.edges[e]?.from}\``,
      pinLabel(`${pot}.P${wiper}B`),
      `\`${netlist.edges[e]?.to}\``,
    ]),
  );
}

const milliamperes = (amperes: number): string => (amperes * 1e3).toFixed(1);
const microseconds = (seconds: number): string => String(Math.ceil(seconds * 1e6));

function figures(): string {
  const lowest = lowestSafePosition(bench16Build);
  const ohms = edgeOhms(bench16Build, lowest, -fact("mcp4251", "endToEndTolerance"));
  const source = bench16Build.sources[0]?.node ?? "";
  const free = netlist.nodes.filter((node) => !Object.values(netlist.roles).flat().includes(node)).concat(netlist.roles.outputs);
  const pullUp = 1 / (1 / fact("resistor-4k7", "ohms") + bench16Build.i2c.length / fact("mcp4728", "boardPullUpOhms"));
  return `- **Lowest wiper position: ${lowest}.** A terminal of an MCP4251 carries ${milliamperes(fact("mcp4251", "maximumTerminalAmperes"))} mA at the most. With ${bench16Build.supplyVolts} V across one edge, that needs
  ${(bench16Build.supplyVolts / fact("mcp4251", "maximumTerminalAmperes")).toFixed(0)} Ω; a chip at the low end of its ±${fact("mcp4251", "endToEndTolerance") * 100} % has ${ohms.toFixed(0)} Ω at position ${lowest} and ${edgeOhms(bench16Build, lowest - 1, -fact("mcp4251", "endToEndTolerance")).toFixed(0)} Ω at position ${lowest - 1}. The window of the firmware
  must begin at ${lowest} (\`WINDOW ${lowest.toString(16).toUpperCase().padStart(3, "0")} 100\`) on this build. Position 1, which a simulation may use, asks an edge for ${milliamperes(bench16Build.supplyVolts / edgeOhms(bench16Build, 1))} mA.
- **No buffer behind the sources.** A source feeds ${edgeCount(source)} edges: ${milliamperes(worstSourceAmperes(source))} mA at the very worst, with every position at ${lowest} and the far ends at the
  other rail. An MCP4728 channel gives ${milliamperes(fact("mcp4728", "shortCircuitAmperes"))} mA (typical, shorted) with an output of ${fact("mcp4728", "outputOhms")} Ω, so it sags by a few millivolts away from its rails
  and by more close to them. The sources are measured by the converter, and an edge learns from measured drops: the sag is seen, not guessed.
- **No buffer behind the clamp.** \`out\` has ${edgeCount("out")} edges: ${milliamperes(worstSourceAmperes("out"))} mA if all of them stood at ${lowest} with their far ends at one rail, more than the
  channel gives. \`ground-out\` and \`supply-out\` pull in opposite directions, and a clamp moves \`out\` by the nudge only; where it falls
  short, the voltage that was reached is what is measured. The clamp then teaches less than it was told to, but nothing false.
- **No buffer before the converter, so give it time.** With every wiper at the top, ${free.map((node) => `\`${node}\` settles in ${microseconds(settleSeconds(node))} µs`).join(", ")}
  (half a code after a step of 5 V). The converter's sampling capacitor disturbs the node that it is joined to: it needs
  ${free.map((node) => `${microseconds(sampleSeconds(node))} µs at \`${node}\``).join(", ")} to be within half a code at worst, and the 1.5 clocks of an ordinary frame are 1.5 µs at 1 MHz. In a frame
  whose first byte is \`18\` hex plus the channel, sampling lasts from the end of that byte to the start of the next: wait there. The two bytes
  that follow hold null, then B11 to B0: \`((second & 3F) << 6) | (third >> 2)\`. Clock at most 2 MHz (data sheet, 5 V).
- **I2C pull-ups** of 4.7 kΩ and those of the two breakout boards are ${(pullUp / 1000).toFixed(1)} kΩ together: ${milliamperes(bench16Build.supplyVolts / pullUp)} mA, of the 3 mA that a chip pulls down.`;
}

/** `hardware/bench-16/wiring.md`. */
export function wiringGuide(): string {
  return `# Wiring of bench-16

Made by \`npm run docs\` from \`src/build.json\`, in the order in which a person builds. \`bring-up.md\` says when to plug in which chip, and what to
measure first. A tick behind each line that is done saves an evening. ${wireCount()} wires are a weekend's work: take your time.

**The breadboard.** Lay it so that the groove runs from left to right; column 1 is at the left. The five contacts of a column above the groove are
joined, and so are the five below: here each such five is a *row*. A chip straddles the groove with its notch to the left: pin 1 is then at the lower
left, the numbers run to the right below the groove and back to the left above it. Its pin takes one contact of a row; four are left. The two long
lines at either edge are the rails. On many boards they are cut in the middle: join the halves with a wire.

**A net of many pins** is wired from one to the next: a wire from the first pin to the second, one from the second to the third, in the order of
the list. Another order that makes wires shorter is as good.

## 1. Places

Mark each place with a strip of tape that bears its name. **No chip goes in yet:** \`bring-up.md\` asks for them one by one. Solder the pin headers
to the breakout boards U11 and U12 now. Their pins may lie in another order than a drawing shows: go by the print on them. An Uno lies beside B2,
and its pins are wired from where it lies.

${placesTable()}

## 2. Supply and ground

Red or plus is supply, blue or minus is ground. Join the rails at both edges of each breadboard, and those of B1, B2 and B3, supply to supply and ground
to ground, two wires from board to board for each. The supply is what A1 gives: nothing else feeds the build.

${rails()}

## 3. Capacitors and resistors

Each ceramic capacitor sits across the rails as close to the supply pin of its chip as its legs allow; it may stand either way round, and so
may a resistor. A leg that names a pin goes into the row where that pin will be.
10 kΩ is brown, black, orange (with five rings: brown, black, black, red); 4.7 kΩ is yellow, violet, red (yellow, violet, black, brown).

${passives()}

## 4. Digital wires

\`pot-select-0\` to \`pot-select-7\` are the chip selects: one wire each. \`clamp-out\` is the one analog wire here.

${digitalWires()}

## 5. Nodes

A node is a row of five contacts on B1, from column ${firstFreeColumn} on, or several rows joined by a wire each. Give each row its name on a strip of
tape. The ends of edges follow in section 6: each of them is one wire to any free contact of its node.

${nodes()}

Node \`ground\` is the ground rail and node \`supply\` the supply rail.

## 6. Edges

Each edge is one half of a chip: the wiper pin goes to one node, pin B to the other, pin A stays open.

${edges()}

## 7. What stays open

${bench16Build.open.map(pinLabel).join(", ")}.

## Why these parts suffice

Calculated from \`src/build.json\` and the data sheets, not measured.

${figures()}
`;
}
