import { referenceStep, type BoardRule, type PresentedState } from "../board/reference-step.ts";
import { type ByteQueue, createByteQueue } from "../link/byte-queue.ts";
import { hex, parseHex } from "../link/hex.ts";
import { decodeHostLine, encodeLine, LONGEST_LINE } from "../link/line.ts";
import type { SteppedBoard } from "../link/stepped-port.ts";

/** A board without a processor: the line protocol of docs/board.md over the reference step and an ideal circuit. */
export interface FakeBoard extends SteppedBoard {
  readonly wipers: Uint16Array;
  /** Presentations carried out since the chips got power, resets notwithstanding. */
  readonly presented: number;
  /** Commands carried out, in order, HELLO left out. */
  readonly carriedOut: readonly string[];
  readonly mostBytesWaiting: number;
  /** Says something unasked. */
  say(event: string): void;
}

export type FakeBoardOptions = {
  /** Board time that one line takes [s]. @default 1e-3 */
  readonly lineSeconds?: number;
  /** Node codes for wipers, source codes and clamped outputs (-1: open). */
  readonly solve: (wipers: Uint16Array, sources: readonly number[], clamps: Int16Array) => Uint16Array;
  readonly edgesOnBench: number;
  /** Whether the board starts anew right after it answered the command with this number, counted from 1. */
  readonly resetsAfter?: (command: number) => boolean;
  /** Told of every command carried out, in order, HELLO left out, with its answer. */
  readonly onCarriedOut?: (command: string, answer: string) => void;
  /** Whether `!! HELLO` of a board that starts anew reaches the line. @default true */
  readonly announces?: boolean;
};

const RING = 256;
const REMEMBERED = 4;

export function createFakeBoard({
  lineSeconds = 1e-3,
  solve,
  edgesOnBench,
  resetsAfter,
  onCarriedOut = () => undefined,
  announces = true,
}: FakeBoardOptions): FakeBoard {
  const chips = new Uint16Array(edgesOnBench).fill(0x80);
  const carriedOut: string[] = [];
  let epoch = 0;
  let seconds = 0;
  let presented = 0;
  let mostBytesWaiting = 0;
  let out = "";
  let reader: ByteQueue | undefined;
  let ring = "";
  let busyUntil = 0;

  let line = "";
  let bad = 0;
  let memory: { key: string; answer: string }[] = [];
  let outputs: number[] = [];
  let edges = new Uint8Array(0);
  let low = 1;
  let high = 256;
  let rule: BoardRule | undefined;
  let state: PresentedState = { wipers: chips, random: 0 };
  let sourceCount = 0;

  const identity = (): string => `ohmwork 0.1.0 0123ABCD 01 40 EXT ${hex(epoch, 4)} ${edges.length > 0 ? 1 : 0}`;
  const start = (): void => {
    epoch = (epoch + 1) & 0xffff;
    line = ring = "";
    bad = 0;
    memory = [];
    outputs = [];
    edges = new Uint8Array(0);
    rule = undefined;
    state = { wipers: chips, random: 0 };
    if (announces) out += encodeLine(`!! HELLO ${identity()}`);
  };

  const carryOut = (command: string, fields: readonly string[]): string => {
    const values = fields.map((field) => parseHex(field) ?? -1);
    switch (command) {
      case "HELLO":
        return `OK ${identity()}`;
      case "NODES":
        edges = new Uint8Array(0);
        outputs = [];
        return "OK";
      case "SOURCES":
        sourceCount = values[0] as number;
        return "OK";
      case "OUTPUT":
        outputs = Array.from({ length: values[0] as number }, (_, k) => values[1 + 3 * k] as number);
        return "OK";
      case "EDGES": {
        const pairs = fields.slice(1).flatMap((pair) => [parseHex(pair.slice(0, 2)) ?? 0, parseHex(pair.slice(2)) ?? 0]);
        edges = Uint8Array.from([...edges.subarray(0, 2 * (values[0] as number)), ...pairs]);
        return `OK ${hex(edges.length / 2, 2)}`;
      }
      case "WINDOW":
        [low = 1, high = 256] = values;
        chips.forEach((wiper, e) => (chips[e] = Math.min(high, Math.max(low, wiper))));
        return "OK";
      case "RULE":
        rule = {
          kind: fields[0] === "S" ? "sign" : "tick-probability",
          contrast: fields[1] === "S" ? "symmetric" : "free-clamped",
          eta: values[2] as number,
          gain: values[3] as number,
          tolerance: values[4] as number,
          ...(values[7] !== 0 && {
            overclamp: { low: values[5] as number, high: values[6] as number, full: values[7] as number },
          }),
          averages: values[8] as 1 | 2 | 4,
        };
        return "OK";
      case "SEED":
        state.random = values[0] as number;
        return "OK";
      case "STATE":
        return `OK ${hex(state.random, 8)} ${hex(presented, 8)}`;
      case "SETTLE":
      case "STATS":
        return "OK";
      case "PROGRAM": {
        const [first = 0, ...wipers] = values;
        if (wipers.some((wiper) => wiper < low || wiper > high)) return "ERR RANGE 00";
        chips.set(wipers, first);
        return "OK";
      }
      case "READ": {
        const first = values[0] as number;
        const some = Array.from(chips.subarray(first, Math.min(first + 16, edges.length / 2)), (wiper) => hex(wiper, 3));
        return ["OK", ...some].join(" ");
      }
      case "RESPOND": {
        if (edges.length === 0) return "ERR ORDER EDGES";
        const nodes = solve(chips, values, new Int16Array(outputs.length).fill(-1));
        return ["OK", ...Array.from(nodes, (code) => hex(code, 3))].join(" ");
      }
      case "LEARN": {
        if (rule === undefined || state.random === 0) return "ERR ORDER RULE";
        const sources = values.slice(0, sourceCount);
        const network = { edges, outputs: Uint8Array.from(outputs), low, high };
        const labels = Int16Array.from(values.slice(sourceCount));
        presented += 1;
        const { answer, strength, moved } = referenceStep(rule, network, state, labels, (clamps) =>
          solve(chips, sources, clamps),
        );
        return ["OK", ...Array.from(answer, (code) => hex(code, 3)), hex(strength, 2), hex(moved, 2)].join(" ");
      }
      default:
        return "ERR COMMAND";
    }
  };

  const take = (text: string): void => {
    const decoded = decodeHostLine(text);
    if (!decoded.ok) {
      bad += 1;
      out += encodeLine(`!! BAD CRC ${hex(bad, 4)}`);
      return;
    }
    const { seq, command, fields } = decoded.line;
    const known = memory.find(({ key }) => key === text);
    if (known !== undefined) {
      out += known.answer;
      return;
    }
    const said = carryOut(command, fields);
    const answer = encodeLine(`${hex(seq, 2)} ${said}`);
    out += answer;
    if (command === "HELLO") return;
    const whole = [command, ...fields].join(" ");
    carriedOut.push(whole);
    onCarriedOut(whole, said);
    memory = [...memory, { key: text, answer }].slice(-REMEMBERED);
    if (resetsAfter?.(carriedOut.length) === true) start();
  };

  start();
  return {
    boardSeconds: () => seconds,
    listen: () => {
      reader = createByteQueue();
      return reader.source;
    },
    hangUp: () => {
      reader?.end();
      reader = undefined;
    },
    write: (bytes) => {
      const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
      ring = (ring + text).slice(0, RING - 1);
      mostBytesWaiting = Math.max(mostBytesWaiting, ring.length);
    },
    runFor: (duration) => {
      const end = seconds + duration;
      busyUntil = Math.max(busyUntil, seconds);
      while (busyUntil <= end) {
        const feed = ring.indexOf("\n");
        if (feed < 0) {
          line = (line + ring).slice(0, LONGEST_LINE);
          ring = "";
          break;
        }
        const text = (line + ring.slice(0, feed)).slice(0, LONGEST_LINE);
        ring = ring.slice(feed + 1);
        line = "";
        if (text !== "") take(text);
        busyUntil += lineSeconds;
      }
      seconds = end;
      if (out !== "") reader?.push(Uint8Array.from(out, (character) => character.charCodeAt(0)));
      out = "";
    },
    reset: start,
    say: (event) => void (out += encodeLine(`!! ${event}`)),
    wipers: chips,
    get presented() {
      return presented;
    },
    carriedOut,
    get mostBytesWaiting() {
      return mostBytesWaiting;
    },
  };
}
