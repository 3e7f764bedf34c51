import { type Channel, ear12Build } from "@ohmwork/ear-12";

const END_TO_END = 10e3;
const WIPER = 75;
const HIGHEST = 256;
/** Both resistors that damp a filter, and what they are measured by [Ω]. */
const DAMPING = { least: 1e6, most: 52.3e3, whole: 49.9e3 } as const;
const INTEGRATOR_FARADS = 1e-9;
const GAIN_OHMS = 1e3;

/** Wiper positions of a channel's potentiometers, 0 to 256. */
export type Positions = { readonly frequency: number; readonly damping: number; readonly gain: number };

/** What a channel is at some positions, by Ohm's law: a wiper that is loaded by a resistor gives less than its share. */
export type ChannelValues = { readonly hertz: number; readonly quality: number; readonly gain: number };

/** Resistance between the far end of a potentiometer and a resistor's other end, for each volt there and each ampere here. */
function throughWiper(position: number, ohms: number): number {
  const share = position / HIGHEST;
  return share / (ohms + share * (1 - share) * END_TO_END + WIPER);
}

/** Centre, quality and gain at the middle of a channel as it is drawn. */
export function channelValues({ integratorOhms, gainOhms }: Channel, { frequency, damping, gain }: Positions): ChannelValues {
  return {
    hertz: throughWiper(frequency, integratorOhms) / (2 * Math.PI * INTEGRATOR_FARADS),
    quality: 1 / (DAMPING.whole * (1 / DAMPING.least + throughWiper(damping, DAMPING.most))),
    gain: (gain / HIGHEST) * (1 + gainOhms / GAIN_OHMS),
  };
}

/** The position whose value is nearest to what is wanted. */
function nearest(value: (position: number) => number, wanted: number): number {
  let best = 0;
  for (let position = 1; position <= HIGHEST; position += 1)
    if (Math.abs(value(position) - wanted) < Math.abs(value(best) - wanted)) best = position;
  return best;
}

/** Where a channel's potentiometers stand before training. */
function startPositions(channel: Channel): Positions {
  const at = { frequency: 128, damping: 128, gain: 128 };
  return {
    frequency: nearest((frequency) => channelValues(channel, { ...at, frequency }).hertz, channel.startHertz),
    damping: nearest((damping) => 1 / channelValues(channel, { ...at, damping }).quality, 1 / channel.startQuality),
    gain: 128,
  };
}

/** Start positions of every channel. */
export const ear12Start: readonly Positions[] = ear12Build.channels.map(startPositions);
