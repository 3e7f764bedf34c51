import { bandPass } from "./band-pass.ts";
import { CEILING_VOLTS, type ChannelNow, CHARGE_SECONDS, type Detector, type SlotEdges } from "./ear-circuit.ts";
import { EAR_RATE } from "./ear-design.ts";

/**
 * The reference: mean envelopes [slots × channels] of one row of sound [V], written out step by step. With x the sound, y = H x the
 * channel's filter and T its time constant, an op-amp rectifier gives v' = (|g y + o| − v) / T, a diode of drop o
 * v' = max(0, |g y| − o − v) / 0.5 ms − v / T.
 */
export function envelopesReference(
  sound: Float64Array,
  channels: readonly ChannelNow[],
  slots: SlotEdges,
  detector: Detector,
): Float64Array {
  const means = new Float64Array(slots.length * channels.length);
  for (const [k, { hertz, quality, gain, envelopeSeconds, offsetVolts }] of channels.entries()) {
    const { b, a1, a2 } = bandPass(hertz, quality, EAR_RATE);
    const leak = 1 - Math.exp(-1 / (EAR_RATE * envelopeSeconds));
    const charge = 1 - Math.exp(-1 / (EAR_RATE * CHARGE_SECONDS));
    const y = new Float64Array(sound.length);
    const v = new Float64Array(sound.length);
    for (const n of sound.keys()) {
      const at = (values: Float64Array, place: number): number => values[place] ?? 0;
      y[n] = b * (at(sound, n) - at(sound, n - 2)) - a1 * at(y, n - 1) - a2 * at(y, n - 2);
      const [before, rectified] = [at(v, n - 1), Math.abs(gain * at(y, n) + (detector === "precision" ? offsetVolts : 0))];
      v[n] =
        detector === "precision"
          ? before + leak * (rectified - before)
          : before + charge * Math.max(0, rectified - offsetVolts - before) - leak * before;
    }
    for (const [t, { start, end }] of slots.entries()) {
      let sum = 0;
      for (let n = start; n < end; n += 1) sum += Math.min(v[n] as number, CEILING_VOLTS);
      means[t * channels.length + k] = end > start ? sum / (end - start) : 0;
    }
  }
  return means;
}
