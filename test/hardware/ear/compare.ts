import { createBatch } from "@ohmwork/core";
import { ear12Build } from "@ohmwork/ear-12";
import { openNgspice } from "@ohmwork/runtime";
import { createFilterBank, type EarDesign, earTimings } from "@ohmwork/systems";
import { resample, slotsOf, threeSlots } from "@ohmwork/tasks";
import { channelValues, ear12Start, type Positions } from "./positions.ts";
import { earDeck, fileSource, sweepSource } from "./spice-deck.ts";

/** Volts of the circuit for each volt of the simulation: its signals must stay between 0 and 5 V. */
const SCALE = 0.5;
const RATE = 16_000;
/** Samples of a row, and what straight lines between them are drawn at. */
const ROW = earTimings.slots.samples;
const FINE = 8 * RATE;
const slots = slotsOf({ onset: earTimings.slots.leadSamples, end: ROW }, RATE, threeSlots).map(({ start }) => start / RATE);

/** Where SPICE reads a sound from. */
const FILE = "sound.txt";

/** A sound of 0.32 s as the simulation takes it [V], and where SPICE reads it: a source, or lines for a file. */
export type TestSound = { readonly samples: Float32Array; readonly source?: string; readonly lines?: string };

/** A row of sound behind the gain control. */
export function soundOfRow(row: Float32Array): TestSound {
  const fine = resample({ rate: RATE, samples: row.map((volts) => volts * SCALE) }, FINE).samples;
  // It begins at rest.
  const lines = Array.from(fine, (volts, n) => `${(n / FINE).toFixed(9)} ${(n < 2 ? 0 : volts).toFixed(7)}\n`).join("");
  return { samples: row, lines };
}

/** A sweep from `from` to `to` [Hz] of so many volts of the simulation at its peak. */
export function sweep(from: number, to: number, volts: number): TestSound {
  const seconds = ROW / RATE;
  const rise = Math.log(to / from) / seconds;
  const samples = Float32Array.from(
    { length: ROW },
    (_, n) => volts * Math.sin(((2 * Math.PI * from) / rise) * Math.expm1((rise * n) / RATE)),
  );
  return { samples, source: sweepSource({ from, to, seconds, volts: volts * SCALE }) };
}

/** Mean envelopes by SPICE and by the simulation, of each slot of each channel [V of the simulation]. */
export type Compared = { readonly channel: number; readonly slot: number; readonly spice: number; readonly simulated: number };

/** Runs some channels of ear-12 in ngspice, and the same channels in `createFilterBank` without its gap. */
export async function compareEnvelopes(
  { samples, source, lines }: TestSound,
  channels: readonly number[],
  positions: readonly Positions[] = ear12Start,
): Promise<Compared[]> {
  const timing = { slots, slotSeconds: threeSlots.seconds, stepSeconds: 1e-5, endSeconds: 0.32 };
  const deck = earDeck({ title: "Channels of ear-12", channels, positions, source: source ?? fileSource(FILE), ...timing });
  const vectors = await openNgspice().run(deck, lines === undefined ? {} : { files: { [FILE]: lines } });
  const times = vectors.get("time") ?? [];
  const simulated = await simulate(samples, channels, positions);
  return channels.flatMap((channel, c) =>
    slots.map((start, slot) => {
      const volts = vectors.get(`v(x${channel})`) ?? [];
      // Just before the slot's end, when the integrator is held.
      const at = times.findLastIndex((time) => time <= start + threeSlots.seconds - 2e-6);
      const spice = ((volts[at] ?? Number.NaN) - ear12Build.supplyVolts / 2) / SCALE;
      return { channel, slot, spice, simulated: simulated[slot * channels.length + c] as number };
    }),
  );
}

async function simulate(
  sound: Float32Array,
  channels: readonly number[],
  positions: readonly Positions[],
): Promise<Float32Array> {
  const drawn = channels.map((channel) => {
    const at = positions[channel - 1] as Positions;
    return { at, values: channelValues(ear12Build.channels[channel - 1] as (typeof ear12Build.channels)[number], at) };
  });
  const design: EarDesign = {
    name: "ear-12 as it is drawn",
    timing: earTimings.slots,
    channels: drawn.map(({ at, values }) => ({
      startHertz: values.hertz,
      startQuality: values.quality,
      fullHertz: (values.hertz * 256) / at.frequency,
      fullGain: (values.gain * 256) / at.gain,
    })),
  };
  await using bank = createFilterBank({ design, seed: 1, gapScale: 0 });
  await bank.program(
    Float32Array.from([
      ...drawn.map(({ at }) => at.frequency / 256),
      ...drawn.map(({ values }) => Math.max(0, (1 / values.quality - 0.05) / 0.95)),
      ...drawn.map(({ at }) => at.gain / 256),
    ]),
  );
  const { stages } = await bank.respond(createBatch(sound, [1, sound.length]));
  return stages["envelopes"]?.data as Float32Array;
}
