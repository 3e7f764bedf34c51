import { type Channel, ear12Build } from "@ohmwork/ear-12";
import { markdownTable } from "../markdown-table.ts";
import { channelValues, ear12Start, type Positions } from "./positions.ts";

const { channels, supplyVolts } = ear12Build;
const middle = supplyVolts / 2;
/** Peak of the tones at `in` [V]. */
const TONE_VOLTS = 0.05;
/** Positions that a potentiometer wakes at. */
const AWAKE: Positions = { frequency: 128, damping: 128, gain: 128 };
/** Parts of 1 % and 5 %, and the load of a wiper whose end-to-end resistance is 20 % off. */
const SPREAD = 0.12;

/** Share of a tone that a band-pass lets through. */
function passed(tone: number, { hertz, quality }: { readonly hertz: number; readonly quality: number }): number {
  const damped = (hertz * tone) / quality;
  return damped / Math.hypot(hertz ** 2 - tone ** 2, damped);
}

function awake(): string {
  const rows = channels.map((channel, k) => {
    const { hertz, quality, gain } = channelValues(channel, AWAKE);
    return [String(k + 1), hertz.toFixed(0), quality.toFixed(2), gain.toFixed(1)];
  });
  return markdownTable(["channel", "centre, Hz", "quality", "gain at the centre"], rows);
}

function tones(): string {
  const rows = channels.map((channel: Channel, k) => {
    const values = channelValues(channel, ear12Start[k] as Positions);
    const drop = (tone: number): string => {
      const volts = (2 / Math.PI) * TONE_VOLTS * values.gain * passed(tone, values);
      return `${(middle - volts).toFixed(2)} (${(middle - volts * (1 + SPREAD)).toFixed(2)} to ${(middle - volts * (1 - SPREAD)).toFixed(2)})`;
    };
    const centre = channel.startHertz;
    return [String(k + 1), String(centre), drop(centre), drop(centre / 2), drop(centre * 2)];
  });
  const header = ["channel", "centre, Hz", "`v` at the centre, V", "an octave below, V", "an octave above, V"];
  return markdownTable(header, rows);
}

/** `hardware/ear-12/bring-up.md`. */
export function earBringUp(): string {
  return `# Bring-up of ear-12

Made by \`npm run docs\`: what to expect is calculated from the circuit in \`src\`.

**Nobody has built this in metal yet.** The wiring is checked by program, and the circuit by ngspice against the simulation. What that cannot tell:
whether pins and figures from memory are those of the data sheets, what ${ear12Build.components.length} parts on breadboards do to signals of 4 kHz (each strip adds some picofarads to its
neighbour), how much of the bus the filters hear, and whether 47 chips on one clock line want a driver.

**There is no firmware for it yet.** That of bench-16 reaches 32 chips by four registers and knows nothing of filters, slots or this converter pair; here
are ${Math.ceil((2 * channels.length + ear12Build.edges.length / 2) / 8)} registers. Steps 1 to 4 need none; steps 5 and 6 need a program that sets potentiometers and reads converters.

## 1. Before the chips

Place sockets or leave chips out. Between \`supply\` and \`ground\` no short: more than 1 kΩ when the capacitors have charged. Each select line reads 10 kΩ to \`supply\`.

## 2. Supply, middle and reference

${markdownTable(
  ["net", "expected", "good", "else look at"],
  [
    ["supply", "5.0 V", "4.75 to 5.25 V", "USB; below 4.75 V a longer or thinner cable than it bears"],
    ["mid", "2.50 V", "2.40 to 2.60 V, and the same with all channels in", "R1, R2, U1 pins 1 to 3"],
    ["ref", "3.00 V", "0.48 to 0.52 V above mid", "R3, R4, U1 pins 8 to 10"],
    ["in", "as mid", "within 5 mV of mid", "R6, U1 pins 5 to 7"],
    ["mic", "1.25 V", "1.1 to 1.4 V in a quiet room", "M1"],
  ],
)}

## 3. Each channel at rest

With \`in\` joined to \`mid\`: \`s\`, \`h\`, \`b\`, \`l\`, \`r\` and \`v\` of every channel within 20 mV of \`mid\`, \`y\` within 20 mV too (its offset is not amplified). \`x\` is at \`mid\`
while \`control-reset\` is high. A channel of which \`b\` and \`l\` stand at a rail has an integrator without its way back: look at the capacitors C*n*01 and C*n*02, and at R*n*01 to R*n*07.

## 4. Each channel at its power-on positions

All potentiometers wake at 128 of 256. A tone of ${TONE_VOLTS} V peak between \`in\` and \`mid\`, from a sound card through 10 µF; find the frequency at which \`v\` is lowest.

${awake()}

## 5. Each channel at its start positions

\`wiring.md\` lists them. The same tone: \`v\` against \`ground\`, within ${100 * SPREAD} %.

${tones()}

At the centre far from it: wrong integrator resistors or positions. Right at the centre and wrong beside it: R*n*05, R*n*06 (damping). Half of what it should
be at all three: one diode does not conduct, and the rectifier is a half-wave one.

## 6. Calibration

What an agent measures of each channel, with a loudspeaker at 0.5 m and the gain control's \`GAIN\` pin to \`supply\` (40 dB, the least) so that it stays at rest:

1. 25 tones of 0.4 s for each channel, an eighth of an octave apart about its centre, each after 0.2 s of silence; ${25 * channels.length} tones, ${Math.ceil((25 * channels.length * 0.6) / 60)} minutes.
2. For each tone the mean of \`x\` over a slot, less its mean in the silence before, and the level of the tone in the digital copy of the same microphone. Their
   quotient knows neither loudspeaker nor room. Tones that the copy has less than 20 dB above its silence are left out.
3. \`fitChannel\` gives centre, quality and gain. They are compared with what the positions stand for; a channel that is more than 20 % off is reported, not
   corrected: that is a wiring fault, and learning would only hide it.
4. The same at three positions of each potentiometer (64, 128, 192) gives the errors of frequency, quality and gain apart. They are kept with the device as where
   its twin begins; training does not need them.

What a network of rheostats and its converter are calibrated by is as in \`bring-up.md\` of bench-16.

## What differs from the simulation

- The high-pass of 180 Hz takes 0.9 dB of the first channel at 250 Hz; the simulation has none for vowels.
- The gain control has an attack and a release; the simulation knows the loudest frame of a clip beforehand.
- Signals are cut at the rails: \`y\` beyond ${middle} V about \`mid\`, ${2 * middle} V of the simulation, which cuts nothing before the envelope. In the
  simulation the pulses of voices go beyond that in channels 9 to 12 at their start gains, a few per cent of the time: their envelopes will be smaller than it says, and the
  deck, whose op-amps have no rails either, does not show it. Lower gains there cost nothing but resolution.
- An integrator of a slot is right for slots of 80 ms. A single slot over the whole sound would run into the rail after ${((0.0787 * (middle - 0.1)) / 0.5).toFixed(2)} s at a mean envelope of 1 V.
`;
}
