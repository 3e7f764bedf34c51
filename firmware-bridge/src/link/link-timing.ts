/**
 * Everything the link waits for and counts up to. `docs/link.md` says why each has its value.
 * Where time is a board's own (the virtual board), so are these seconds.
 */
export type LinkTiming = {
  /** Silence after which an unanswered line is written again [s]; a request may ask for more. @default 0.25, 0.02 to 60 */
  readonly answerSeconds: number;
  /** Silence after which HELLO is written again [s]: longer than a bootloader needs to give up. @default 0.5, 0.02 to 10 */
  readonly helloSeconds: number;
  /** Times HELLO is written before the board counts as unreachable. @default 12 */
  readonly hellos: number;
  /** Times a line is repeated before the link resynchronises. @default 5 */
  readonly repeats: number;
  /** Resynchronisations a line lives through before it is given up. @default 1 */
  readonly resyncs: number;
  /** Time that requests wait for a port that has gone [s]. @default 60 */
  readonly awaySeconds: number;
  /** First pause before a port is opened again [s]; doubles up to `longestReopenSeconds`. @default 0.1 */
  readonly reopenSeconds: number;
  /** @default 2 */
  readonly longestReopenSeconds: number;
  /** Lines under way, 1 to 4: what the board remembers. @default 3 */
  readonly window: number;
};

export const defaultLinkTiming: LinkTiming = {
  answerSeconds: 0.25,
  helloSeconds: 0.5,
  hellos: 12,
  repeats: 5,
  resyncs: 1,
  awaySeconds: 60,
  reopenSeconds: 0.1,
  longestReopenSeconds: 2,
  window: 3,
};

/** Bytes that the board's receive ring holds: 256 with one always free. */
export const RING_BYTES = 255;
/** Answers the board remembers. */
export const REMEMBERED_ANSWERS = 4;
/** Version of the line protocol that this host speaks. */
export const PROTOCOL = 1;
