import { bench16Build } from "@ohmwork/bench-16";
import { benchNetwork } from "./bench-voltages.ts";
import { cases, freeNodes, readings, symptomsOf } from "./bring-up-voltages.ts";
import { fact, settleSeconds } from "./load.ts";
import { markdownTable } from "./markdown-table.ts";
import { codeOf, serialLines } from "./serial-lines.ts";
import { chipPinOf, netNameOf, partByRef, pinLabel, refsOfKind } from "./pin-names.ts";

const volts = (value: number): string => value.toFixed(2);
const supply = bench16Build.supplyVolts;

function pullUps(): string {
  const rows = refsOfKind("resistor").map((ref) => {
    const ohms = partByRef(ref).facts["ohms"] ?? Number.NaN;
    const [rail, net] = [netNameOf(`${ref}.1`), netNameOf(`${ref}.2`)].toSorted((a) =>
      a === "supply" || a === "ground" ? -1 : 1,
    );
    return [
      ref,
      chipPinOf(net ?? ""),
      `${rail} rail`,
      `${(ohms / 1000).toFixed(1)} kΩ`,
      `${((ohms * 0.95) / 1000).toFixed(1)} to ${((ohms * 1.05) / 1000).toFixed(1)} kΩ`,
    ];
  });
  return markdownTable(["resistor", "from the contact of", "to", "expected", "good"], rows);
}

function feeds(): string {
  const rows = refsOfKind("chip").map((ref) => {
    const of = (kind: string): string =>
      partByRef(ref)
        .pins.filter((pin) => pin.kind === kind)
        .map((pin) => pinLabel(`${ref}.${pin.name}`).slice(ref.length + 1))
        .join(", ");
    return [ref, of("supply"), of("ground")];
  });
  return markdownTable(["place", `${supply} V here`, "0 V here"], rows);
}

function selects(): string {
  return markdownTable(
    ["contact", "expected", "what it says"],
    bench16Build.chipSelects.map(({ component }) => [pinLabel(`${component}.CS`), `${supply} V`, `${component} is not selected`]),
  );
}

const nameOf = (high: string | undefined): string => (high === undefined ? "none" : `\`${high}\``);

function table(): string {
  const rows = cases.map((high) => [
    nameOf(high),
    ...freeNodes.map((node) => {
      const {
        nominal,
        low,
        high: top,
      } = readings.find((reading) => reading.high === high && reading.node === node)?.range ?? {
        nominal: Number.NaN,
        low: Number.NaN,
        high: Number.NaN,
      };
      return `${volts(nominal)} (${volts(low)} to ${volts(top)})`;
    }),
  ]);
  return markdownTable([`on ${supply} V`, ...freeNodes.map((node) => `\`${node}\`, V`)], rows);
}

function symptoms(): string {
  const rows = bench16Build.edges.map(({ edge, pot, wiper }) => {
    const [first, second] = symptomsOf(edge);
    const say = (symptom: typeof first): string =>
      symptom === undefined ? "" : `${nameOf(symptom.high)} on ${supply} V: \`${symptom.node}\` ${volts(symptom.volts)} V`;
    return [`\`${edge}\``, `${pinLabel(`${pot}.P${wiper}W`)}, ${pinLabel(`${pot}.P${wiper}B`)}`, say(first), say(second)];
  });
  return markdownTable(["edge without contact", "its pins", "clearest sign", "next"], rows);
}

const code = (value: number): string => codeOf(value).toString(16).toUpperCase().padStart(3, "0");

const firstResponse = serialLines.findIndex(({ command }) => command.startsWith("RESPOND"));
/** They tell the board what the others need. */
const setUp = serialLines.slice(0, firstResponse);

function setUpLines(): string {
  return setUp.map(({ text }) => `    ${text}`).join("\n");
}

function responseLines(): string {
  const rows = serialLines.flatMap(({ text, command, high }) => {
    if (!command.startsWith("RESPOND")) return [];
    const expected = readings.filter((reading) => reading.high === high);
    return [
      [
        `\`${text}\``,
        nameOf(high),
        ...expected.map(({ range }) => `${code(range.nominal)} (${code(range.low)} to ${code(range.high)})`),
      ],
    ];
  });
  const [safe = "", quiet = ""] = serialLines.slice(-2).map(({ text }) => text);
  const responses = markdownTable(["send", `on ${supply} V`, ...freeNodes.map((node) => `\`${node}\``)], rows);
  return `${responses}

At the end \`${safe}\`: sources at 0 V, clamp open. And \`${quiet}\`: from now on the board does that by itself again after a second without a word from you.`;
}

/** What `dac-address.hex` says, word for word. */
export const dacMessages = {
  answers: "A DAC answers at 0x60",
  keeps: "It keeps that address. Type another last digit, 0 to 7",
  written: "Written",
  nobody: "No DAC answers: look at its VCC, GND, SDA and SCL",
  ldac: "It does not feel its LDAC: that must be on D9, and not on ground",
} as const;

/** `hardware/bench-16/bring-up.md`. */
export function bringUp(): string {
  const codeMillivolts = (supply * 1000) / 2 ** fact("mcp3208", "bits");
  const sources = benchNetwork.roles.sources.map((node) => `\`${node}\``).join(", ");
  const addresses = bench16Build.i2c.map(({ component, address }) => `${component} 0x${address.toString(16)}`).join(", ");
  const [first, second] = bench16Build.i2c;
  const digitOf = (chip: typeof first): number => (chip?.address ?? 0) & 0x0f;
  const settle = Math.ceil(Math.max(...freeNodes.map((node) => settleSeconds(node))) * 1e6);
  return `# Bring-up of bench-16

Made by \`npm run docs\`: what to expect is calculated from \`src/build.json\` and \`src/netlist.json\`.

**Nobody has built this in metal yet.** The wiring is checked by program, the network by two solvers and the firmware on emulators. What that
does not prove stands at the end. You need the parts and tools of \`bom.md\`, wired as \`wiring.md\` says with no
chip in, a computer on which \`npm start\` of this repository runs (its README), and two quiet evenings.

## Before you start

- Everything here runs from the 5 V of a USB port and is safe to touch. What can suffer is chips and the port.
- **Pull the USB plug before you move a wire or a chip.** A chip turned round gets hot at once: pull the plug, let it cool, and do not use it again.
- Use a USB hub or a charger that limits its current rather than the port of a computer that you are fond of.
- Touch the ground rail before you touch a chip; hold chips by their ends.
- The electrolytic capacitor has a plus and a minus. The wrong way round it can burst.
- Never join a source's node to a rail while its DAC is plugged in (steps 4 and 5).
- All voltages are measured against the ground rail and are right for a rail of exactly ${volts(supply)} V. Measure your rail and scale: rail ÷ ${supply}.

When a step fails, stop there: later steps build on it.

## 1. Wires only: no chip, no board, no USB

Meter on ohms. Between the supply rail and the ground rail: a reading that climbs beyond 100 kΩ (the meter charges the capacitors). Stays it near 0:
a bridge between the rails, or a capacitor in the wrong row.

${pullUps()}

Much too low: two pull-ups share a row. Open: a leg is one row off. Then go through \`wiring.md\` with the meter's beeper, line by line, and once between
neighbouring pins of each chip's place, which must not beep unless \`wiring.md\` joins them.

## 2. The firmware, on the bare board

Take the board off the breadboard and plug it into USB. In the folder of this repository, see which port it has, and write the firmware to it:

    npm run -s ohmwork -- board list
    npm run -s ohmwork -- board flash --board /dev/ttyUSB0

The port may be \`/dev/ttyACM0\` or \`COM3\`; a Nano with the old bootloader wants \`--baud 57600\`. "Not allowed" on Linux: add yourself to the
group \`dialout\` (\`sudo usermod -aG dialout $USER\`) and log in again. Then \`npm run -s ohmwork -- board monitor --board /dev/ttyUSB0\` (or any serial monitor at 1000000 baud) and type \`?\`:
lines of help come back. Nothing comes: wrong port or wrong rate. Doing this first means that
whatever the Arduino ran before never drives the wires of this build. Step 5 needs another sketch for a while, and says so.

## 3. Supply

Board in place, still no chip. USB in. Supply rail: 4.75 to 5.25 V. Lower or none: pull the plug, back to step 1. Then at each place:

${feeds()}

Plug out; U9 in; plug in. Each of these reads ${supply} V within 0.1 V, also while you hold the reset button of the board:

${selects()}

One at 0 V: its pull-up or its wire to U9. All at 0 V: U9 has no supply, or \`pot-select-off\` and \`pot-latch\` are swapped. Also: ${pinLabel("U13.1E")} 0 V
(the clamp is open), ${pinLabel("U10.CS")} ${supply} V.

## 4. The network, with a meter as its converter

A potentiometer wakes up in the middle of its range, so that the whole network can be measured before any other chip is there. Plug out; U1 to U8 in;
join ${sources} to the ground rail with a wire each; plug in. Measure ${freeNodes.map((node) => `\`${node}\``).join(", ")}. Then (plug out, plug in) move one of the
four wires to the supply rail at a time. In brackets: the range if every chip is as far off as its ±${fact("mcp4251", "endToEndTolerance") * 100} % allow; a real set lies well inside.

${table()}

One edge without contact shows like this (nominal values, the two clearest signs; both must fit):

${symptoms()}

Two values exchanged between columns: two wires of nodes swapped; compare with section 6 of \`wiring.md\`. Every value is 0 or ${supply} V: the chips of that
node have no supply. A value that wanders when a hand comes near: a node that hangs in the air.

**Then pull the plug and take the four wires out again.**

## 5. The DACs

First their addresses, once: ${addresses}. Breakout boards come with 0x60, some with 0x64, and the chip keeps what it is given. A sketch of ours does it;
it needs a wire from LDAC of the breakout board to D9 of A1, and only one of the two in its place.

1. Plug out; are the four wires of step 4 gone? ${first?.component} in. Take the wire of its LDAC out of the ground rail and put that end to A1 D9. Plug in. Then

       npm run -s ohmwork -- board flash --board /dev/ttyUSB0 --hex firmware-bridge/firmware/dac-address.hex
       npm run -s ohmwork -- board monitor --board /dev/ttyUSB0

2. It says \`${dacMessages.answers}\` and \`${dacMessages.keeps}\`. If the last digit of the address is ${digitOf(first)}, there is nothing to do; else
   type \`${digitOf(first)}\` and the enter key, and it says \`${dacMessages.written}\` and what answers now. Ctrl-D ends.
3. Plug out; put the wire of LDAC back to the ground rail; ${first?.component} out, ${second?.component} in. The same with it: the wire of its LDAC to A1 D9, plug in,
   \`board monitor\` as before (the sketch is still there), \`${digitOf(second)}\`. Plug out; its LDAC back to the ground rail, too, and ${second?.component} out.
4. Plug in, and write the firmware again: \`npm run -s ohmwork -- board flash --board /dev/ttyUSB0\`.

\`${dacMessages.nobody}\`: as it says, and whether its headers are soldered. \`${dacMessages.ldac}\`: the wire of LDAC.

Plug out; U11 in; plug in. VA to VD of U11 read 0 V, at most 0.02 V, because the firmware holds the sources at 0 V until a program asks
for more. Something near 2 V: the firmware did not reach the chip; check SDA, SCL, the address. \`h0\`, \`h1\`, \`out\` read as in the row "none" above.
Then U12 the same way: its VA reads 0 V.

## 6. Switch and converter

Plug out; U13 and U10 in; plug in. The row "none" again at ${freeNodes.map((node) => `\`${node}\``).join(", ")}. \`out\` at 0 V: the clamp is closed, look at \`clamp-close\` and R11. A node that
U10 drags away: its pins are one row off.

## 7. The first words

Serial monitor, 1000000 baud, lines that end with a line feed:

| send | comes back | if not |
|---|---|---|
| \`-- HELLO\` | \`-- OK ohmwork\`, a version, why the board was last reset | step 2 |
| \`-- READ\` | \`-- ERR ORDER EDGES\`: it has not been told its network yet | somebody has told it; go on |
| \`-- STATS\` | \`-- OK\` and counters; the second one is of bad lines | other than 0: the line is bad, try another cable |

Now paste these lines one by one. Each carries its number and its checksum, and is answered with its number and \`OK\`. The first has the board wait for
slow fingers: it would otherwise go to 0 V after a second of silence.

${setUpLines()}

**Plug pulled, reset pressed or the monitor opened anew: the board has forgotten these lines. Paste ${setUp[0]?.text.slice(0, 2)} to ${setUp.at(-1)?.text.slice(0, 2)} again** before you go on;
\`ERR ORDER\` says the same. To measure anew, send four other lines in between: a line that is among the last four is taken for a repeat, and
answered as before without being measured.

\`READ\` answers sixteen times \`0${fact("mcp4251", "positionAtPowerOn").toString(16).toUpperCase()}\`: mid-scale, as after each power-on. \`ERR CHIP\` names the first edge that does not answer so: MISO,
or the select of its chip. Then measure step 4 again, by the build itself. Each answer has one code for each node, in the order
${benchNetwork.circuit.nodes.map((node) => `\`${node}\``).join(" ")}:

${responseLines()}

Sources within 010 of 000 or FFF. Codes are hexadecimal; 1000 would be ${supply} V, one code is ${codeMillivolts.toFixed(2)} mV. A free node outside its range, whose meter reading in step 4 was inside: its wire to
U10. From here on a program measures: \`npm run -s ohmwork -- board test --board /dev/ttyUSB0\` walks the bench step by step and names the wire that is wrong, and
\`npm run -s ohmwork -- learn iris --board /dev/ttyUSB0\` learns on it.

## What is unproven

- The build as a whole: no one has yet plugged these chips together. Part numbers and pins are from the data sheets, prices are rough.
- That a breadboard is quiet and low enough in capacitance. ${settle} µs to settle is calculated with 50 pF for it; double that is likely.
- That the reading of a node is right to a code: the converter has no buffer and needs time to sample (\`wiring.md\`, last section).
- That the sketch of step 5 sets the address of a real MCP4728: it does so on a model of the chip by its data sheet.
- Noise of the USB supply. Sources and converter share it as their reference, so slow drift cancels; fast noise does not.
- That an MCP4251 at −20 % stays within 2.5 mA needs the firmware's window to begin at the position that \`wiring.md\` gives.
- How well halves of one chip match, what temperature does to them, and how long a learned network stays learned.

Measured it? The numbers of step 4 and the answer of \`board test\` are the most useful thing that you can send us.
`;
}
