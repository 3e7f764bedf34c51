/** A local rule as the board carries it out; every number is what the RULE command says. */
export type BoardRule = {
  /** "sign": one tick at every presentation; "tick-probability": one with a chance that grows with the contrast. */
  readonly kind: "sign" | "tick-probability";
  /** States that are compared: free and clamped, or clamped on either side of the free one. */
  readonly contrast: "free-clamped" | "symmetric";
  /** Size of the nudge in 1/256, 1 to 255. */
  readonly eta: number;
  /** K of docs/board.md: chance of a tick per squared code, times 2³²; 0 to 65535. */
  readonly gain: number;
  /** Errors up to this are left alone, in codes; 0 to 4095. */
  readonly tolerance: number;
  /** Overclamping pulls to the rails `low` and `high`, in codes, at full strength from an error of `full` codes. */
  readonly overclamp?: { readonly low: number; readonly high: number; readonly full: number };
  /** Readings averaged into one. */
  readonly averages: 1 | 2 | 4;
};

/** What one presentation is about. Nodes are indices; edges are pairs of them, one after the other. */
export type PresentedNetwork = {
  readonly edges: Uint8Array;
  readonly outputs: Uint8Array;
  /** Wiper window, both ends included. */
  readonly low: number;
  readonly high: number;
};

export type PresentedState = {
  /** Positions, one per edge; changed in place. */
  readonly wipers: Uint16Array;
  /** State of xorshift32, not 0. */
  random: number;
};

/** How the converters answer: the codes of all nodes, already averaged, with each output clamped to a code, or free where it is -1. */
export type ReadNodes = (clamps: Int16Array) => Uint16Array;

/** The next state of xorshift32 (Marsaglia, J. Stat. Softw. 8(14), 2003: triple 13, 17, 5). */
export function xorshift32(state: number): number {
  let x = state;
  x ^= x << 13;
  x ^= x >>> 17;
  x ^= x << 5;
  return x >>> 0;
}

/**
 * One presentation in the integers of docs/board.md: changes the wipers and the random state as the firmware does when its
 * converters give the same codes.
 *
 * @param labels codes, -1 where there is none
 * @param changes +1, -1 or 0 per edge: by how much its wiper moved
 * @returns free codes of the outputs, strength 0 to 255 with which it taught, number of wipers moved
 */
export function referenceStep(
  rule: BoardRule,
  network: PresentedNetwork,
  state: PresentedState,
  labels: Int16Array,
  read: ReadNodes,
): { answer: Uint16Array; strength: number; moved: number } {
  const { edges, outputs } = network;
  const open = new Int16Array(outputs.length).fill(-1);
  const free = read(open).slice();
  const answer = Uint16Array.from(outputs, (node) => free[node] as number);

  const towards = open.slice();
  const away = open.slice();
  let strength = 0;
  for (let k = 0; k < outputs.length; k += 1) {
    const output = answer[k] as number;
    const error = (labels[k] as number) - output;
    if ((labels[k] as number) < 0 || Math.abs(error) <= rule.tolerance) continue;
    const { overclamp } = rule;
    const target = overclamp === undefined ? error : (error > 0 ? overclamp.high : overclamp.low) - output;
    const displacement = (target * rule.eta) >> 8;
    const own = overclamp === undefined ? 255 : Math.min(255, Math.trunc((Math.abs(error) * 255) / overclamp.full));
    strength = Math.max(strength, own);
    towards[k] = limitCode(output + displacement);
    away[k] = limitCode(output - displacement);
  }
  if (towards.every((code) => code < 0)) return { answer, strength: 0, moved: 0 };

  const clamped = read(towards).slice();
  const other = rule.contrast === "symmetric" ? read(away).slice() : free;
  let moved = 0;
  for (let e = 0; e < state.wipers.length; e += 1) {
    const from = edges[2 * e] as number;
    const to = edges[2 * e + 1] as number;
    const first = (other[from] as number) - (other[to] as number);
    const second = (clamped[from] as number) - (clamped[to] as number);
    const contrast = (first - second) * (first + second);
    if (!ticks(rule, contrast, strength, state)) continue;
    const wiper = state.wipers[e] as number;
    const next = Math.min(network.high, Math.max(network.low, wiper + (contrast > 0 ? -1 : 1)));
    if (next !== wiper) moved += 1;
    state.wipers[e] = next;
  }
  return { answer, strength, moved };
}

function ticks(rule: BoardRule, contrast: number, strength: number, state: PresentedState): boolean {
  if (rule.kind === "sign") {
    if (strength >= 255) return true;
    state.random = xorshift32(state.random);
    return state.random >>> 24 < strength;
  }
  state.random = xorshift32(state.random);
  // |contrast| < 2²⁶ and gain < 2¹⁶: at most 50 bits with the strength, exact in a double.
  return state.random < Math.floor((Math.abs(contrast) * rule.gain * strength) / 256);
}

function limitCode(code: number): number {
  return Math.min(0xfff, Math.max(0, code));
}
