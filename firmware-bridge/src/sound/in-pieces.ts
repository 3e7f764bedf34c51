/** Length of a piece [s]: what a recorder gives at a time is of this order. */
const PIECE_SECONDS = 0.1;

/** The samples in pieces of 0.1 s; the last may be shorter. */
export function* inPieces(samples: Float32Array, rate: number): Generator<Float32Array> {
  const length = Math.round(PIECE_SECONDS * rate);
  for (let at = 0; at < samples.length; at += length) yield samples.subarray(at, at + length);
}
