/**
 * A seeded stream of random numbers: xoshiro128** (Blackman & Vigna, ACM TOMS 47(4), 2021, doi 10.1145/3460772), whose
 * published reference output is a test here. Not for secrets. Its functions need no `this`: a kernel may take them apart.
 */
export interface Random {
  /** Uniform integer in [0, 2³²). */
  readonly uint32: () => number;
  /** Uniform in [0, 1), 32 bits fine. */
  readonly uniform: () => number;
  /** Normal with mean 0 and standard deviation 1, by Marsaglia's polar method. */
  readonly normal: () => number;
  /** Uniform integer in [0, bound). @throws RangeError when bound is not an integer in [1, 2³²] */
  readonly below: (bound: number) => number;
  /** A random order of 0 … length − 1 (Fisher–Yates). */
  readonly permutation: (length: number) => Uint32Array;
  /** State that `restoreRandom` continues from, to the same bits. */
  readonly snapshot: () => RandomState;
}

/** Four words of generator state and the second normal of the pair, if one is waiting. */
export type RandomState = { readonly words: readonly [number, number, number, number]; readonly spareNormal: number | null };

/** One word per part: FNV-1a over its text, so that a stream is named by what it is for, not by a number someone picked. */
function hashWord(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** 2³² over the golden ratio: the increment of SplitMix and other Weyl sequences. */
const GOLDEN_RATIO = 0x9e3779b9;

/** SplitMix32-style avalanche (constants of MurmurHash3's 32-bit finaliser): spreads correlated seeds over the state. */
function spread(word: number): number {
  let z = word >>> 0;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return (z ^ (z >>> 16)) >>> 0;
}

/**
 * A stream that depends on the seed and on a name for what it is used for. Streams with different names are independent,
 * so adding a consumer never shifts the numbers another one sees.
 *
 * @throws RangeError when the seed is not a safe integer ≥ 0
 */
export function createRandom(seed: number, stream = ""): Random {
  if (!Number.isSafeInteger(seed) || seed < 0) throw new RangeError(`Seed must be an integer of 0 or more: ${seed}`);
  // One pass in, one pass out, with an avalanche at every word: nothing of seed or name can cancel.
  let state = 0;
  for (const word of [seed >>> 0, Math.floor(seed / 2 ** 32), hashWord(stream)]) state = spread(state ^ word) + GOLDEN_RATIO;
  const words: [number, number, number, number] = [0, 0, 0, 0];
  for (let i = 0; i < 4; i += 1) {
    state = (state + GOLDEN_RATIO) >>> 0;
    words[i] = spread(state);
  }
  if (words.every((word) => word === 0)) words[0] = 1; // the all-zero state is the one xoshiro never leaves
  return restoreRandom({ words, spareNormal: null });
}

/** A stream that continues from a snapshot. */
export function restoreRandom(state: RandomState): Random {
  let [s0, s1, s2, s3] = state.words.map((word) => word | 0) as [number, number, number, number];
  let spareNormal = state.spareNormal;

  const uint32 = (): number => {
    const times5 = Math.imul(s1, 5);
    const result = Math.imul((times5 << 7) | (times5 >>> 25), 9) >>> 0;
    const t = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = (s3 << 11) | (s3 >>> 21);
    return result;
  };
  const uniform = (): number => uint32() * 2 ** -32;
  const normal = (): number => {
    if (spareNormal !== null) {
      const value = spareNormal;
      spareNormal = null;
      return value;
    }
    let u: number;
    let v: number;
    let square: number;
    do {
      u = uniform() * 2 - 1;
      v = uniform() * 2 - 1;
      square = u * u + v * v;
    } while (square >= 1 || square === 0);
    const scale = Math.sqrt((-2 * Math.log(square)) / square);
    spareNormal = v * scale;
    return u * scale;
  };
  const below = (bound: number): number => {
    if (!Number.isInteger(bound) || bound < 1 || bound > 2 ** 32)
      throw new RangeError(`Bound must be an integer in [1, 2³²]: ${bound}`);
    const unbiased = 2 ** 32 - (2 ** 32 % bound); // reject the incomplete last block, or low values come up too often
    let value: number;
    do value = uint32();
    while (value >= unbiased);
    return value % bound;
  };
  const permutation = (length: number): Uint32Array => {
    const order = Uint32Array.from({ length }, (_, i) => i);
    for (let i = length - 1; i > 0; i -= 1) {
      const j = below(i + 1);
      const held = order[i] as number;
      order[i] = order[j] as number;
      order[j] = held;
    }
    return order;
  };
  const snapshot = (): RandomState => ({ words: [s0 >>> 0, s1 >>> 0, s2 >>> 0, s3 >>> 0], spareNormal });
  return { uint32, uniform, normal, below, permutation, snapshot };
}
