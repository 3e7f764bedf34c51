import { soundLevel } from "./sound-level.ts";

/** A sound that was cut out of a stream. */
export type Utterance = {
  /** Place of its first sample in the stream. */
  readonly position: number;
  /** From shortly before the onset to the end. */
  readonly samples: Float32Array;
  /** Place of the onset in `samples`. */
  readonly onset: number;
  /** RMS of its loudest frame. */
  readonly level: number;
  /** Samples at full scale. */
  readonly clipped: number;
  /** It was cut at the longest length and may have gone on. */
  readonly cut: boolean;
};

/** Cuts sounds out of a stream as it comes. Knows nothing of time but the number of samples. */
export type Endpointer = {
  /** @returns the sounds that ended in these samples */
  readonly push: (samples: Float32Array) => Utterance[];
  /** Ends a sound that the end of the stream cut short. What is pushed next must come after `restart`. */
  readonly finish: () => Utterance[];
  /** Begins anew at a place of the stream, after a gap: a sound that the gap broke off is dropped, for nobody knows what it was. */
  readonly restart: (position: number) => void;
};

/** When a sound begins and ends [s, share of full scale]. */
export type EndpointerOptions = {
  readonly rate: number;
  /** Share of the controlled level from which there is sound. @default 0.3 */
  readonly gate?: number;
  /** Level below which there is never any. @default -50 dBFS */
  readonly silence?: number;
  /** Time in which the controlled level falls to 1/e when it is quiet. @default 4 */
  readonly releaseSeconds?: number;
  /** Quiet that ends a sound. @default 0.2 */
  readonly quietSeconds?: number;
  /** Shortest sound that is one. @default 0.06 */
  readonly leastSeconds?: number;
  /** Longest sound; what goes on is cut there. @default 3 */
  readonly mostSeconds?: number;
  /** What is kept from before the onset. @default 0.1 */
  readonly beforeSeconds?: number;
};

/**
 * An onset gate with the level of a causal automatic gain control: it rises with the loudest frame at once, and falls slowly. A sound
 * softer than 0.3 of a louder one just before it is therefore missed, which a gate that knows the whole clip would hear.
 */
export function createEndpointer(options: EndpointerOptions): Endpointer {
  const { rate, gate = 0.3, silence = 10 ** (-50 / 20), releaseSeconds = 4, quietSeconds = 0.2 } = options;
  const { leastSeconds = 0.06, mostSeconds = 3, beforeSeconds = 0.1 } = options;
  if (!(rate >= 1000)) throw new RangeError(`Rate must be 1000 samples a second or more: ${rate}`);
  const frameSeconds = 0.02;
  const frame = Math.round(frameSeconds * rate);
  const framesIn = (seconds: number): number => Math.round(seconds / frameSeconds);
  const release = Math.exp(-frameSeconds / releaseSeconds);
  const [quiet, least, most, before] = [quietSeconds, leastSeconds, mostSeconds, beforeSeconds].map(framesIn) as [
    number,
    number,
    number,
    number,
  ];

  let controlled = 0;
  /** Samples of a frame that is not whole yet. */
  let rest = new Float32Array(0);
  let position = 0;
  /** Frames before an onset, or from there on. */
  let kept: Float32Array[] = [];
  /** Frames of `kept` before the onset; nothing while there is no sound. */
  let onset: number | undefined;
  /** Frames of `kept` up to the last one above the gate. */
  let last = 0;
  let level = 0;

  const close = (cut: boolean): Utterance[] => {
    const lead = onset as number;
    const heard = kept.slice(0, last);
    const samples = new Float32Array(heard.length * frame);
    for (const [i, part] of heard.entries()) samples.set(part, i * frame);
    const utterance = { position: position - kept.length * frame, samples, onset: lead * frame, level };
    kept = kept.slice(Math.max(last, kept.length - before));
    onset = undefined;
    return last - lead < least ? [] : [{ ...utterance, clipped: soundLevel(samples).clipped, cut }];
  };

  const pushFrame = (samples: Float32Array): Utterance[] => {
    const { rms } = soundLevel(samples);
    controlled = Math.max(rms, controlled * release);
    position += frame;
    kept.push(samples);
    const above = rms >= silence && rms >= gate * controlled;
    if (onset === undefined) {
      if (!above) {
        if (kept.length > before) kept.shift();
        return [];
      }
      onset = kept.length - 1;
      level = 0;
    }
    if (above) {
      last = kept.length;
      level = Math.max(level, rms);
    }
    if (kept.length - onset >= most) return close(true);
    return kept.length - last >= quiet ? close(false) : [];
  };

  return {
    push: (samples) => {
      const all = new Float32Array(rest.length + samples.length);
      all.set(rest);
      all.set(samples, rest.length);
      const found: Utterance[] = [];
      let start = 0;
      for (; start + frame <= all.length; start += frame) found.push(...pushFrame(all.slice(start, start + frame)));
      rest = all.slice(start);
      return found;
    },
    finish: () => (onset === undefined ? [] : close(false)),
    restart: (at) => {
      [rest, kept, onset, last, level] = [new Float32Array(0), [], undefined, 0, 0];
      position = at;
    },
  };
}
