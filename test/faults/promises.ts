/** A guarantee of the fleet, and what shall be done to it before it is believed. */
export type Promised = {
  readonly id: `P${number}`;
  readonly promise: string;
  /** What is counted in a deep run. */
  readonly wanted: string;
  /** A test must have seen it break without its guard. */
  readonly provedToFail?: true;
  /** What of `wanted` no test does, and why. */
  readonly missing?: string;
};

export const promises: readonly Promised[] = [
  {
    id: "P1",
    promise: "No acknowledged sample is lost, and none that was taken in",
    wanted: "200 kills of agent, trainer and broker, which comes back empty",
    provedToFail: true,
  },
  {
    id: "P2",
    promise: "Each sample counts once",
    wanted: "100,000 messages, 30 % of them twice, in any order, two trainers",
    provedToFail: true,
  },
  { id: "P3", promise: "The death of one of several trainers loses nothing", wanted: "100 deaths", provedToFail: true },
  {
    id: "P4",
    promise: "Parameter slots and outbox are in the state before or after a change, never between",
    wanted: "a cut of the power in every operation of a scripted run",
    provedToFail: true,
  },
  { id: "P5", promise: "The outbox is bounded, and what it drops is counted", wanted: "every point at which a disk can be full" },
  { id: "P6", promise: "What is corrupt is found and never used", wanted: "all bits of small files" },
  {
    id: "P7",
    promise: "An update acts only when it is signed, newer, in time and for this device",
    wanted: "1,000 of each kind of bad update",
    provedToFail: true,
  },
  { id: "P8", promise: "An update that makes it worse undoes itself, and is not tried again", wanted: "500 updates" },
  { id: "P9", promise: "A rollout stops itself", wanted: "1,000 simulated devices, 50 seeds" },
  {
    id: "P10",
    promise: "The hardware's limits hold whatever is said to the board",
    wanted: "10⁶ lines on the parser, 10⁴ on the emulated board",
  },
  { id: "P11", promise: "The serial link heals", wanted: "10⁵ lines at 1 % and at 10 % of noise" },
  {
    id: "P12",
    promise: "Devices cannot touch each other",
    wanted: "each of 50 devices tries the topics of the 49 others",
    provedToFail: true,
  },
  { id: "P13", promise: "Who connects has proved who it is", wanted: "every wrong proof" },
  {
    id: "P14",
    promise: "A subscriber that stops reading stalls nobody else",
    wanted: "60 s, the others' 99th percentile below twice that before",
  },
  {
    id: "P15",
    promise: "The broker's return is survived by all at once",
    wanted: "2,000 devices back within 60 s",
  },
  { id: "P16", promise: "More trainers give the same result", wanted: "1, 2 and 4 workers, 50 seeds" },
  { id: "P17", promise: "A session replays to the same bytes", wanted: "every run" },
  {
    id: "P18",
    promise: "What another version wrote is read, or refused without harm",
    wanted: "the files and messages of the version before",
  },
  { id: "P19", promise: "Parsers survive anything", wanted: "10⁶ inputs" },
  { id: "P20", promise: "Sound capture heals", wanted: "200 faults", missing: "there is no sound capture yet" },
  { id: "P21", promise: "No clock is trusted", wanted: "100 runs of clocks that jump by years or begin in 1970" },
  {
    id: "P22",
    promise: "Agent and trainer run for months",
    wanted: "10 minutes at many times the usual pace: no descriptor more, memory growing by 1 MB an hour at most",
    missing: "the heap keeps to it, resident memory within these ten minutes does not, and no hour was tried",
  },
];
