import { createRandom } from "@ohmwork/core";
import { recordGuarantee, scaled, testSeed } from "@ohmwork/core/testing";
import { ReadlineParser } from "@serialport/parser-readline";
import { describe, expect, it } from "vitest";
import { createFakeBoard } from "../testing/fake-board.ts";
import { damage, noisyPort, splitBytes } from "../testing/noisy-port.ts";
import { openBoardLink } from "./board-link.ts";
import { hex } from "./hex.ts";
import { decodeBoardLine, encodeLine } from "./line.ts";
import { defaultLinkTiming } from "./link-timing.ts";
import { steppedPort } from "./stepped-port.ts";

const encoder = new TextEncoder();
const rates = [0.01, 0.1];

describe("decodeBoardLine() on a damaged stream", () => {
  for (const rate of rates) {
    it(`takes nothing wrong and finds its way back, ${rate * 100} % of the lines hit`, async (context) => {
      const lines = scaled(100_000);
      const seed = testSeed(1);
      const random = createRandom(seed, `damaged stream ${rate}`);
      const textOf = (line: number): string => `${hex(line & 0xff, 2)} OK ${hex(line, 8)} ${hex(line & 0xfff, 3)}`;
      const parser = new ReadlineParser({ encoding: "latin1" });
      const isTaken = new Uint8Array(lines);
      let wrong = 0;
      parser.on("data", (text: string) => {
        const decoded = decodeBoardLine(text);
        if (!decoded.ok) return;
        const { line } = decoded;
        const index = line.kind === "answer" ? Number.parseInt(line.fields[0] ?? "", 16) : -1;
        if (!(index >= 0 && index < lines) || !text.startsWith(`${textOf(index)} `)) wrong += 1;
        else isTaken[index] = 1;
      });
      const isHit = new Uint8Array(lines);
      for (let line = 0; line < lines; line += 1) {
        const bytes = encoder.encode(encodeLine(textOf(line)));
        isHit[line] = random.uniform() < rate ? 1 : 0;
        for (const chunk of splitBytes(isHit[line] === 1 ? damage(bytes, random) : bytes, random)) parser.write(chunk);
      }
      await new Promise((resolve) => parser.end(resolve));

      let longest = 0;
      let run = 0;
      for (let line = 0; line < lines; line += 1) {
        run = isTaken[line] === 1 || isHit[line] === 1 ? 0 : run + 1;
        longest = Math.max(longest, run);
      }
      const hits = isHit.reduce((sum, one) => sum + one, 0);
      expect(hits).toBeGreaterThan(0.8 * rate * lines);
      expect(wrong).toBe(0);
      expect(longest).toBeLessThanOrEqual(3);
      const measured = { damaged: hits, "wrong ones taken": wrong, "whole ones lost after a damaged one, at most": longest };
      recordGuarantee(context, {
        guarantee: "P11",
        fault: `lines through a stream with ${rate * 100} % hit`,
        count: lines,
        seed,
        measured,
      });
    });
  }
});

describe("openBoardLink() over a damaged line", () => {
  for (const rate of rates) {
    it(`has every command carried out once and answered right, ${rate * 100} % of the lines hit both ways`, async (context) => {
      const commands = scaled(100_000);
      const seed = testSeed(2);
      const board = createFakeBoard({
        lineSeconds: 1e-4,
        solve: (_, codes) => Uint16Array.from(codes, (code) => code ^ 0x5a5),
        edgesOnBench: 2,
      });
      const plain = steppedPort(board);
      const writes = new Map<string, number>();
      const port = noisyPort(plain, {
        rate,
        random: createRandom(seed, `damaged line ${rate}`),
        onWrite: (bytes) => {
          const line = String.fromCharCode(...bytes).slice(3, -6);
          if (line.startsWith("RESPOND")) writes.set(line, (writes.get(line) ?? 0) + 1);
        },
      });
      const link = openBoardLink(port, { clock: plain.clock, timing: { answerSeconds: 0.02, helloSeconds: 0.02 } });
      await link.request("EDGES 0 0001");
      let next = 0;
      let failed = 0;
      let wrong = 0;
      const ask = async (): Promise<void> => {
        while (next < commands) {
          const n = next++;
          const codes = [n >> 12, n & 0xfff];
          const answer = await link.request(`RESPOND ${codes.map((code) => hex(code, 3)).join(" ")}`).catch(() => undefined);
          if (answer === undefined) failed += 1;
          else if (answer.join() !== codes.map((code) => hex(code ^ 0x5a5, 3)).join()) wrong += 1;
        }
      };
      await Promise.all([ask(), ask(), ask(), ask(), ask()]);
      const { counters } = link;
      await link[Symbol.asyncDispose]();

      const carriedOut = board.carriedOut.filter((command) => command.startsWith("RESPOND"));
      const mostWrites = Math.max(...writes.values());
      expect(wrong).toBe(0);
      expect(failed).toBe(0);
      expect(carriedOut.length).toBe(commands);
      expect(new Set(carriedOut).size).toBe(commands);
      expect(carriedOut.every((command) => writes.has(command))).toBe(true);
      expect(counters.resets).toBe(0);
      expect(counters.repeated).toBeGreaterThan(rate * commands);
      expect(mostWrites).toBeLessThanOrEqual((1 + defaultLinkTiming.resyncs) * (1 + defaultLinkTiming.repeats));
      expect(board.mostBytesWaiting).toBeLessThan(256);
      const { repeated: repeats, resyncs } = counters;
      const measured = { repeats, resynchronisations: resyncs, "most writes of one line": mostWrites, "given up": failed };
      const fault = `commands with ${rate * 100} % of the lines hit both ways`;
      recordGuarantee(context, { guarantee: "P11", fault, count: commands, seed, measured });
    });
  }
});
