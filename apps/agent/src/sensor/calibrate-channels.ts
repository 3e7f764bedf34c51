import { setImmediate as breathe } from "node:timers/promises";
import { AbortedError, createBatch, type PhysicalSystem, rowOf } from "@ohmwork/core";
import { measureRows } from "@ohmwork/learning";

/** A channel as it is drawn, at the codes that it stands at. */
export type DrawnChannel = { readonly hertz: number; readonly quality: number; readonly gain: number };

export type CalibratedChannel = {
  readonly drawn: DrawnChannel;
  /** What was measured; none of a channel that does not answer. */
  readonly measured?: DrawnChannel;
  /** What is the matter, in one line for a person. */
  readonly problem?: string;
};

export type CalibrateOptions = {
  /** Sound in, envelopes first. */
  readonly system: PhysicalSystem;
  readonly channels: readonly DrawnChannel[];
  /** Samples a second, samples in a row of sound, and what follows them in it (the end of the gate). */
  readonly rate: number;
  readonly samples: number;
  readonly gate: readonly number[];
  /** Times that each tone is played. @default 4 */
  readonly repeats?: number;
  /** Departure of a part from which it is said to be off: three deviations of 5 % parts. @default 0.15 */
  readonly tolerated?: number;
  readonly signal?: AbortSignal;
};

/** Tones from below to above a channel's centre; so far above it, the filters at 16 kHz are still the circuit's. */
const TONES = 41;
const OCTAVES = { below: 0.8, above: 0.5 } as const;
/** Rows of silence, in which a channel's own noise is heard. */
const SILENT_ROWS = 8;
/** Envelope that the loudest tone is to give [V]: far from the ceiling of 3.3 V, and above offsets and noise. */
const WANTED_VOLTS = 2;
/** Largest amplitude that a tone may have [V]. */
const LOUDEST = 9;
/** Mean of a rectified sine of amplitude 1. */
const RECTIFIED = 2 / Math.PI;
/** Share of the highest envelope below which a tone says more about noise than about the filter. */
const FLOOR_SHARE = 0.25;
/** Envelope that a channel that is alive has at its centre [V]. */
const LEAST_VOLTS = 0.1;
const FIT_STEPS = 40;

/**
 * Plays a sweep of tones to each channel and fits the centre, quality and gain of a second-order band-pass to the envelopes that come,
 * |H|² = g² a / (a + (1 − (f / f₀)²)²), a = (f / (Q f₀))².
 *
 * @throws AbortedError when the signal fires
 */
export async function calibrateChannels(options: CalibrateOptions): Promise<CalibratedChannel[]> {
  const found: CalibratedChannel[] = [];
  for (const [k, drawn] of options.channels.entries()) {
    if (options.signal?.aborted === true) throw new AbortedError("Calibration");
    const { hertz, gains } = await sweep(options, k, drawn);
    const measured = fitBandPass(hertz, gains, drawn);
    const problem = problemOf(drawn, measured, options.tolerated ?? 0.15);
    found.push({ drawn, ...(measured !== undefined && { measured }), ...(problem !== undefined && { problem }) });
    await breathe(); // a circuit that is computed gives way to Ctrl-C
  }
  return found;
}

/** What a channel makes of tones around its centre: envelope over that of the tone itself. */
async function sweep(options: CalibrateOptions, k: number, drawn: DrawnChannel): Promise<{ hertz: number[]; gains: number[] }> {
  const { system, channels, rate, samples, gate, repeats = 4 } = options;
  const amplitude = Math.min(LOUDEST, WANTED_VOLTS / (RECTIFIED * drawn.gain));
  const octaves = OCTAVES.below + OCTAVES.above;
  const hertz = Array.from({ length: TONES }, (_, i) => drawn.hertz * 2 ** ((octaves * i) / (TONES - 1) - OCTAVES.below));
  const width = samples + gate.length;
  const rows = hertz.length * repeats + SILENT_ROWS;
  const data = new Float32Array(rows * width);
  for (let row = 0; row < hertz.length * repeats; row += 1) {
    const turn = (2 * Math.PI * (hertz[Math.floor(row / repeats)] as number)) / rate;
    for (let n = 0; n < samples; n += 1) data[row * width + n] = amplitude * Math.sin(turn * n);
  }
  for (let row = 0; row < rows; row += 1) data.set(gate, row * width + samples);
  const { stages } = await measureRows(system, createBatch(data, [rows, width]), options.signal);
  const envelopes = stages[system.stages[0]?.name as string];
  if (envelopes === undefined) throw new TypeError("Expected a system that measures its envelopes first");
  const meanOf = (from: number, count: number): number => {
    let sum = 0;
    for (let row = from; row < from + count; row += 1) {
      const envelope = rowOf(envelopes, row);
      sum += envelope[envelope.length - channels.length + k] as number; // of the last slot: the filter has settled
    }
    return sum / count;
  };
  const noise = meanOf(hertz.length * repeats, SILENT_ROWS);
  // Powers add: what noise lends to the flanks would pass for a lower quality.
  const gains = hertz.map(
    (_, i) => Math.sqrt(Math.max(0, meanOf(i * repeats, repeats) ** 2 - noise ** 2)) / (RECTIFIED * amplitude),
  );
  return { hertz, gains };
}

/** Logarithm of the gain of a band-pass at a frequency. */
function logGainOf(hertz: number, [logHertz, logQuality, logGain]: readonly [number, number, number]): number {
  const ratio = hertz / Math.exp(logHertz);
  const a = (ratio / Math.exp(logQuality)) ** 2;
  return logGain + 0.5 * Math.log(a / (a + (1 - ratio * ratio) ** 2));
}

/** Least squares of the logarithms, by Gauss and Newton with Marquardt's damping; undefined of a channel that does not answer. */
function fitBandPass(hertz: readonly number[], gains: readonly number[], drawn: DrawnChannel): DrawnChannel | undefined {
  const highest = Math.max(...gains);
  const amplitude = Math.min(LOUDEST, WANTED_VOLTS / (RECTIFIED * drawn.gain));
  if (!(highest * RECTIFIED * amplitude > LEAST_VOLTS)) return undefined;
  const points = hertz.flatMap((f, i) => {
    const gain = gains[i] as number;
    return gain > FLOOR_SHARE * highest ? [{ f, log: Math.log(gain) }] : [];
  });
  if (points.length < 5) return undefined;
  const errorOf = (at: Triple): number => points.reduce((sum, { f, log }) => sum + (log - logGainOf(f, at)) ** 2, 0);
  const peak = hertz[gains.indexOf(highest)] as number;
  let at: Triple = [Math.log(peak), Math.log(drawn.quality), Math.log(highest)];
  let [error, damping] = [errorOf(at), 1e-3];
  for (let step = 0; step < FIT_STEPS; step += 1) {
    const next = stepOf(points, at, damping);
    const nextError = errorOf(next);
    damping = nextError < error ? damping / 10 : damping * 10;
    if (nextError < error) [at, error] = [next, nextError];
  }
  const [f0, quality, gain] = at.map(Math.exp) as Triple;
  return { hertz: f0, quality, gain };
}

type Triple = [number, number, number];

function stepOf(points: readonly { readonly f: number; readonly log: number }[], at: Triple, damping: number): Triple {
  const small = 1e-5;
  const normal = [0, 0, 0].map(() => [0, 0, 0, 0]);
  for (const { f, log } of points) {
    const value = logGainOf(f, at);
    const slopes = at.map((_, p) => (logGainOf(f, at.map((one, q) => one + (p === q ? small : 0)) as Triple) - value) / small);
    for (let p = 0; p < 3; p += 1) {
      const line = normal[p] as number[];
      for (let q = 0; q < 3; q += 1) line[q] = (line[q] as number) + (slopes[p] as number) * (slopes[q] as number);
      line[3] = (line[3] as number) + (slopes[p] as number) * (log - value);
    }
  }
  for (let p = 0; p < 3; p += 1) (normal[p] as number[])[p] = ((normal[p] as number[])[p] as number) * (1 + damping) + 1e-12;
  const moves = solve(normal);
  return at.map((one, p) => one + Math.max(-0.5, Math.min(0.5, moves[p] as number))) as Triple;
}

/** Three equations in three unknowns, by elimination; rows of coefficients and right side. */
function solve(rows: number[][]): number[] {
  for (let p = 0; p < 3; p += 1) {
    const best = rows.slice(p).reduce((most, row) => (Math.abs(row[p] as number) > Math.abs(most[p] as number) ? row : most));
    const other = rows.indexOf(best);
    [rows[p], rows[other]] = [best, rows[p] as number[]];
    for (let r = 0; r < 3; r += 1) {
      if (r === p) continue;
      const row = rows[r] as number[];
      const factor = (row[p] as number) / (best[p] as number);
      for (let q = p; q < 4; q += 1) row[q] = (row[q] as number) - factor * (best[q] as number);
    }
  }
  return rows.map((row, p) => (row[3] as number) / (row[p] as number));
}

function problemOf(drawn: DrawnChannel, measured: DrawnChannel | undefined, tolerated: number): string | undefined {
  if (measured === undefined) return "does not answer: look at its op-amps, its potentiometers and its rectifier";
  const off = (["hertz", "quality", "gain"] as const).filter((what) => Math.abs(measured[what] / drawn[what] - 1) > tolerated);
  const causes = {
    hertz: "frequency: R or C of the integrators",
    quality: "quality: the damping potentiometer",
    gain: "gain: its fixed resistor",
  };
  return off.length === 0 ? undefined : `off in ${off.map((what) => causes[what]).join("; ")}`;
}
