import { setImmediate as nextTurn } from "node:timers/promises";
import { bench16Build } from "@ohmwork/bench-16";
import { createVirtualBoard, idealBench, type VirtualBoardOptions } from "@ohmwork/firmware-bridge";
import { describe, expect, it } from "vitest";
import { benchNetwork, benchVoltages, oneHigh } from "./bench-voltages.ts";
import { freeNodes, readings } from "./bring-up-voltages.ts";
import { codeOf, serialLines } from "./serial-lines.ts";

type Typist = {
  /** Types lines one after the other, and gives what the board said meanwhile. */
  readonly type: (lines: readonly string[]) => Promise<readonly string[][]>;
  /** Types nothing for a while. */
  readonly wait: (seconds: number) => Promise<readonly string[][]>;
  readonly reset: () => Promise<unknown>;
};

async function atTheBoard<T>(options: VirtualBoardOptions, work: (typist: Typist) => Promise<T>): Promise<T> {
  await using board = createVirtualBoard(options);
  let heard = "";
  const listening = (async () => {
    for await (const chunk of board.listen()) heard += new TextDecoder().decode(chunk);
  })();
  const wait = async (seconds: number): Promise<readonly string[][]> => {
    board.runFor(seconds);
    await nextTurn();
    const lines = heard.split("\n").map((line) => line.trim().split(" "));
    heard = "";
    return lines;
  };
  const type = async (lines: readonly string[]): Promise<readonly string[][]> => {
    const said: string[][] = [];
    for (const text of lines) {
      board.write(new TextEncoder().encode(`${text}\n`));
      said.push(...(await wait(0.01)));
    }
    return said;
  };
  const reset = async (): Promise<unknown> => {
    board.reset();
    return wait(0.2);
  };
  await wait(0.2);
  const result = await work({ type, wait, reset });
  board.hangUp();
  await listening;
  return result;
}

const texts = serialLines.map(({ text }) => text);
const setUp = texts.slice(0, 7);

/** What a board answers to the lines of bring-up.md, typed one after the other. */
async function answersOf(options: VirtualBoardOptions): Promise<readonly string[][]> {
  const said = await atTheBoard(options, async ({ type }) => type(texts));
  return texts.map((text) => said.find(([seq, state]) => seq === text.slice(0, 2) && state !== undefined) ?? []);
}

const nodeCodes = (answer: readonly string[] | undefined): number[] =>
  (answer ?? []).slice(2, -1).map((code) => Number.parseInt(code, 16));
const responses = serialLines.map(({ command }, i) => ({ command, i })).filter(({ command }) => command.startsWith("RESPOND"));

describe("the lines of bring-up.md, on the virtual board", () => {
  it("are all taken, and the wipers read as at power-on", async () => {
    const answers = await answersOf({ imperfections: idealBench });
    expect(answers.map(([, state]) => state)).toEqual(serialLines.map(() => "OK"));
    expect(answers[6]?.slice(2, -1)).toEqual(Array.from({ length: bench16Build.edges.length }, () => "080"));
  });

  it("are wanted again after a reset, from the first to the seventh", async () => {
    const [again, ...rest] = texts.slice(7);
    const { forgotten, told } = await atTheBoard({ imperfections: idealBench }, async ({ type, reset }) => {
      await type(texts.slice(0, 9));
      await reset();
      return { forgotten: await type([again as string]), told: await type([...setUp, ...rest]) };
    });
    expect(forgotten[0]?.slice(1, 4)).toEqual(["ERR", "ORDER", "SOURCES"]);
    expect(told.filter(([, state]) => state === "OK")).toHaveLength(setUp.length + rest.length);
  });

  it("keep a silent board from making itself safe until the last of them", async () => {
    const isSafe = (lines: readonly string[][]): boolean => lines.some(([, event]) => event === "QUIET");
    const [quietBefore, quietAfter] = await atTheBoard({ imperfections: idealBench }, async ({ type, wait }) => {
      await type(texts.slice(0, 8));
      const before = isSafe(await wait(3));
      await type(texts.slice(8));
      await type([texts[7] as string]);
      return [before, isSafe(await wait(1.1))];
    });
    expect(quietBefore).toBe(false);
    expect(quietAfter).toBe(true);
  });

  it("give the nominal codes on an ideal bench, within three", async () => {
    const answers = await answersOf({ imperfections: idealBench });
    for (const { i } of responses) {
      const volts = benchVoltages(oneHigh(serialLines[i]?.high));
      const wanted = benchNetwork.circuit.nodes.map((node) => codeOf(volts[node] as number));
      const got = nodeCodes(answers[i]);
      expect(got).toHaveLength(wanted.length);
      for (const [k, code] of wanted.entries())
        expect(Math.abs((got[k] as number) - code), `line ${i}, node ${k}`).toBeLessThanOrEqual(3);
    }
  });

  it("give codes inside the printed ranges on typical benches", async () => {
    for (const seed of [1, 2, 3]) {
      const answers = await answersOf({ seed });
      for (const { i } of responses) {
        for (const { range, node } of readings.filter(({ high }) => high === serialLines[i]?.high)) {
          const code = nodeCodes(answers[i])[benchNetwork.circuit.nodes.indexOf(node)] as number;
          expect(code, `seed ${seed}, line ${i}, ${node}`).toBeGreaterThanOrEqual(codeOf(range.low));
          expect(code, `seed ${seed}, line ${i}, ${node}`).toBeLessThanOrEqual(codeOf(range.high));
        }
      }
    }
  });

  it("show an edge without contact outside its range", async () => {
    const answers = await answersOf({ imperfections: idealBench, faults: [{ kind: "open-edge", edge: "x0-h0" }] });
    const outside = responses.flatMap(({ i }) =>
      readings
        .filter(({ high, node, range }) => {
          const code = nodeCodes(answers[i])[benchNetwork.circuit.nodes.indexOf(node)] as number;
          return high === serialLines[i]?.high && (code < codeOf(range.low) || code > codeOf(range.high));
        })
        .map(({ node }) => node),
    );
    expect(new Set(outside)).toEqual(new Set([freeNodes[0]]));
  });
});
