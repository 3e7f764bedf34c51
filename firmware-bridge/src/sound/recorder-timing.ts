/** Everything that the supervision of a recorder waits for [s]. */
export type RecorderTiming = {
  /** Time to open the device and give a first sample. @default 5 */
  readonly startSeconds: number;
  /** Silence of the recorder, not of the room, after which it counts as stalled. A recorder gives samples some eight times a second. @default 1 */
  readonly stallSeconds: number;
  /** Span over which samples are counted to tell their rate; two wrong spans in a row are a wrong rate. @default 5 */
  readonly rateSeconds: number;
  /** Share by which the counted rate may be off: rates in use are further apart, and a busy machine reads late. @default 0.2 */
  readonly rateTolerance: number;
  /** First pause before a new start; each failure doubles it, and jitter takes it to 0.5–1.5 of itself. @default 0.25 */
  readonly retrySeconds: number;
  /** @default 30 */
  readonly longestRetrySeconds: number;
  /** Time of good sound after which the pauses begin anew. @default 10 */
  readonly steadySeconds: number;
  /** Sound that may wait for its reader. @default 10 */
  readonly waitingSeconds: number;
};

export const defaultRecorderTiming: RecorderTiming = {
  startSeconds: 5,
  stallSeconds: 1,
  rateSeconds: 5,
  rateTolerance: 0.2,
  retrySeconds: 0.25,
  longestRetrySeconds: 30,
  steadySeconds: 10,
  waitingSeconds: 10,
};
