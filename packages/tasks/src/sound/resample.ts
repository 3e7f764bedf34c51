import type { Sound } from "./decode-wav.ts";

/** Zero crossings of the sinc on either side of its middle. */
const CROSSINGS = 40;
/** Shape of the Kaiser window: side lobes 90 dB down (Kaiser & Schafer, IEEE Trans. ASSP 28, 105, 1980). */
const BETA = 9;
/** Where the pass band ends, as a share of the lower of the two rates' halves: the window's transition fits above it. */
const ROLL_OFF = 0.93;

/**
 * The same sound at another rate, by a windowed sinc that cuts off below half of the lower rate, so that nothing is folded back.
 * Flat within 0.1 dB up to 0.85 of that half, more than 80 dB down beyond it. At its own rate a sound is given back as it is.
 *
 * @throws RangeError when the rate is not a whole number of 1000 samples a second or more
 */
export function resample({ rate, samples }: Sound, wanted: number): Sound {
  if (!Number.isInteger(wanted) || wanted < 1000)
    throw new RangeError(`Rate must be a whole number of 1000 samples a second or more: ${wanted}`);
  if (rate === wanted) return { rate, samples };
  const common = greatestDivisor(rate, wanted);
  const [up, down] = [wanted / common, rate / common];
  const cutoff = ROLL_OFF * Math.min(1, wanted / rate);
  const reach = Math.ceil(CROSSINGS / cutoff);
  const made = new Float32Array(Math.floor((samples.length * up) / down));
  // Of `up` phases each has its own taps, which stand for all outputs of that phase.
  const taps = new Map<number, Float64Array>();
  for (let i = 0; i < made.length; i += 1) {
    const phase = (i * down) % up;
    const middle = Math.floor((i * down) / up);
    let own = taps.get(phase);
    if (own === undefined) taps.set(phase, (own = phaseTaps(phase / up, cutoff, reach)));
    let sum = 0;
    const from = Math.max(0, reach - 1 - middle);
    const to = Math.min(own.length, samples.length - middle + reach - 1);
    for (let k = from; k < to; k += 1) sum += (own[k] as number) * (samples[middle - reach + 1 + k] as number);
    made[i] = sum;
  }
  return { rate: wanted, samples: made };
}

/** Taps for a place `fraction` of a sample after the tap at `reach - 1`, of sum 1. */
function phaseTaps(fraction: number, cutoff: number, reach: number): Float64Array {
  const taps = Float64Array.from({ length: 2 * reach }, (_, k) => {
    const t = k - (reach - 1) - fraction;
    const x = Math.PI * cutoff * t;
    const inside = 1 - (t / reach) ** 2;
    return inside <= 0 ? 0 : (x === 0 ? 1 : Math.sin(x) / x) * bessel(BETA * Math.sqrt(inside));
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}

/** Modified Bessel function of the first kind and order 0, by its series. */
function bessel(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > 1e-12 * sum; k += 1) sum += term *= (x / (2 * k)) ** 2;
  return sum;
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
