import { bench16Netlist } from "@ohmwork/bench-16";
import { parseNetwork, toSpice } from "@ohmwork/circuit";
import { type Ngspice, startNgspice } from "@ohmwork/circuit/testing";
import { createRandom } from "@ohmwork/core";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { hex } from "../link/hex.ts";
import { encodeHostLine } from "../link/line.ts";
import { type BoardImperfections, idealBench, typicalBench } from "./imperfections.ts";
import { createTestHost, type TestHost } from "../testing/test-host.ts";
import { createVirtualBoard, type VirtualBoard, type VirtualBoardOptions } from "./virtual-board.ts";

const boards: VirtualBoard[] = [];
function create(options: VirtualBoardOptions = {}): { board: VirtualBoard; host: TestHost } {
  const board = createVirtualBoard(options);
  boards.push(board);
  const host = createTestHost(board);
  board.runFor(0.05);
  return { board, host };
}
afterEach(async () => {
  for (const board of boards.splice(0)) await board[Symbol.asyncDispose]();
});

const { circuit } = parseNetwork(bench16Netlist, "bench-16");
const codesOf = (text = ""): number[] => (text.match(/.../g) ?? []).map((code) => Number.parseInt(code, 16));
/** Node codes of a RESPOND, whether the board writes them apart or together. */
const nodesOf = (fields: readonly string[]): number[] => fields.flatMap((field) => codesOf(field));
const taps = (seed: number): number[] => {
  const random = createRandom(seed, "taps");
  return circuit.edges.map(() => 1 + random.below(256));
};
const program = (host: TestHost, positions: readonly number[]): Promise<readonly string[]> =>
  host.ask(`PROGRAM 00 ${positions.map((tap) => hex(tap, 3)).join(" ")}`);
const respond = (host: TestHost, sources: readonly number[]): Promise<readonly string[]> =>
  host.ask(`RESPOND ${sources.map((code) => hex(code, 3)).join(" ")}`);

let ngspice: Ngspice;
beforeAll(async () => {
  vi.spyOn(console, "error").mockImplementation(() => {}); // where ngspice tells how it got there
  ngspice = await startNgspice();
});

/** Node voltages that ngspice gives, in codes. */
async function oracle(positions: readonly number[], sources: readonly number[]): Promise<number[]> {
  const names = ["x0", "x1", "x2", "x3", "ground", "supply"];
  const volts = [...sources.map((code) => (code / 4096) * 5), 0, 5];
  const fixed = new Map(names.map((name, k) => [circuit.nodes.indexOf(name), volts[k] as number]));
  const result = await ngspice.run(toSpice(circuit, Float64Array.from(positions), fixed, { directives: [".op"] }));
  return circuit.nodes.map((name) => ((result.get(`v(${name})`)?.[0] ?? Number.NaN) / 5) * 4096);
}

describe("createVirtualBoard()", () => {
  it("runs the firmware of this package: HELLO, PROGRAM and READ through its own chips, with no wrong bus use", async () => {
    const { board, host } = create();
    const hello = await host.ask("HELLO");
    expect(hello[0]).toBe("ohmwork");
    expect(hello).toContain("POWER");
    await host.describe();
    const positions = taps(1);
    expect(await program(host, positions)).toEqual([]);
    expect(board.taps()).toEqual(positions);
    expect(nodesOf(await host.ask("READ 00"))).toEqual(positions);
    expect(board.faultsSeen()).toEqual([]);
  });

  it("answers RESPOND with the voltages that ngspice gives, within one code", async () => {
    const { board, host } = create({ imperfections: idealBench });
    await host.describe();
    for (const seed of [1, 2, 3]) {
      const positions = taps(seed);
      await program(host, positions);
      const sources = [1024, 3000, 200 * seed, 4095];
      const codes = nodesOf(await respond(host, sources));
      const expected = await oracle(positions, sources);
      expect(codes.length).toBe(circuit.nodes.length);
      for (const [k, code] of codes.entries())
        expect(Math.abs(code - Math.min(4095, expected[k] as number))).toBeLessThanOrEqual(1);
    }
    expect(board.faultsSeen()).toEqual([]);
  });

  it("reads what its nodes stand at, within offset, noise and half a code", async () => {
    const { board, host } = create({ seed: 4 });
    await host.describe();
    await host.ask("SETTLE 00C8");
    await program(host, taps(4));
    const codes = nodesOf(await respond(host, [400, 1200, 2000, 3600]));
    for (const [k, node] of circuit.nodes.entries()) {
      const code = Math.min(4095, (board.nodeVolts(node) / 5) * 4096);
      const sd = (Math.hypot(typicalBench.converterOffsetVolts, typicalBench.converterNoiseVolts) / 5) * 4096;
      expect(Math.abs((codes[k] as number) - code)).toBeLessThan(0.5 + 5 * sd);
    }
  });

  /** Worst difference of the free nodes from where they come to stand [codes], the network told so that they are read first. */
  const worstError = async (settle: string, imperfections: BoardImperfections): Promise<number> => {
    const { board, host } = create({ seed: 5, imperfections });
    await host.ask("NODES 09 4 5 6 0 1 2 3 E F");
    await host.ask("SOURCES 04 03 1A 04 1B 05 1C 06 1D");
    await host.ask("OUTPUT 01 02 2A 06");
    const at = (node: string): number => ["h0", "h1", "out", "x0", "x1", "x2", "x3", "ground", "supply"].indexOf(node);
    const ends = circuit.edges.map(
      ({ from, to }) => hex(at(circuit.nodes[from] as string), 2) + hex(at(circuit.nodes[to] as string), 2),
    );
    await host.ask(`EDGES 00 ${ends.join(" ")}`);
    await program(
      host,
      Array.from({ length: 16 }, () => 0x100),
    );
    await host.ask(`SETTLE ${settle}`);
    let worst = 0;
    for (const sources of [Array(4).fill(0), Array(4).fill(4000), Array(4).fill(0)]) {
      const codes = nodesOf(await respond(host, sources));
      board.runFor(0.01);
      for (const [k, node] of ["h0", "h1", "out"].entries())
        worst = Math.max(worst, Math.abs((codes[k] as number) - (board.nodeVolts(node) / 5) * 4096));
    }
    return worst;
  };
  const quiet: BoardImperfections = { ...typicalBench, converterOffsetVolts: 0, converterNoiseVolts: 0 };

  it("reads within a step with the times of the firmware, and nodes too early without them", async () => {
    for (const strayFarads of [50e-12, 150e-12]) {
      const short = { ...quiet, strayFarads };
      expect(await worstError("0064 003C", short)).toBeLessThan(1);
      expect(await worstError("0000 0000", short)).toBeGreaterThan(50);
      expect(await worstError("0064 0000", short)).toBeGreaterThan(25); // the converter brings what it read before
    }
    // Sampling is a wait as well: SETTLE alone shows where wires are long enough for both not to suffice.
    const long = { ...quiet, strayFarads: 1e-9 };
    const byDefault = await worstError("0064 003C", long);
    expect(await worstError("0000 003C", long)).toBeGreaterThan(2 * byDefault);
    expect(await worstError("03E8 03E8", long)).toBeLessThan(1);
  });

  it("frees a bus whose data line a DAC holds down, at the start and at work, and says so when it cannot", async () => {
    const { board, host } = create();
    await host.describe();
    for (const clocks of [1, 9]) {
      board.holdData(clocks);
      board.reset();
      board.runFor(0.05);
      await host.describe();
      expect(await host.ask("SAFE")).toEqual([]);
      board.holdData(clocks);
      expect(nodesOf(await respond(host, [4000, 0, 0, 0]))[0]).toBeGreaterThan(3900);
    }
    board.holdData(1000);
    for (const command of ["SAFE", "NODES 09 0 1 2 3 E F 4 5 6", "SOURCES 01 00 1A", "OUTPUT 01 08 2A 06"])
      expect((await host.ask(command)).slice(0, 2), command).toEqual(["ERR", "DAC"]);
    expect((await respond(host, [4000, 0, 0, 0])).slice(0, 2)).toEqual(["ERR", "DAC"]);
    board.holdData(0);
    board.runFor(0.2);
    expect(board.nodeVolts("x0")).toBeLessThan(0.02); // it tries until both DACs take their zeros
    await host.describe();
    expect(nodesOf(await respond(host, [4000, 0, 0, 0]))[0]).toBeGreaterThan(3900);
    expect(board.faultsSeen()).toEqual([]);
  });

  it("gives the same bytes for the same seed and others for another", async () => {
    const conversation = async (seed: number): Promise<string> => {
      const { board, host } = create({ seed });
      await host.describe();
      await program(host, taps(9));
      await host.ask("RULE P F 80 1900 000 000 000 000 1");
      await host.ask("SEED 12345678");
      for (let step = 0; step < 20; step += 1) await host.ask(`LEARN 400 800 C00 ${hex(100 * step, 3)} 800`);
      return `${host.heard()}${board.taps().join()} ${board.boardSeconds()}`;
    };
    const first = await conversation(1);
    expect(await conversation(1)).toBe(first);
    expect(await conversation(2)).not.toBe(first);
  });

  it("keeps its wipers over a reset and loses them with its power; flash and EEPROM stay", async () => {
    const { board, host } = create();
    const epoch = async (): Promise<number> => Number.parseInt((await host.ask("HELLO"))[6] as string, 16);
    const begun = await epoch();
    await host.describe();
    await program(host, taps(2));
    board.reset();
    board.runFor(0.05);
    expect(board.taps()).toEqual(taps(2));
    expect((await host.ask("HELLO"))[5]).toBe("EXT");
    expect(await epoch()).toBe(begun + 1);
    board.powerCycle();
    board.runFor(0.05);
    expect(board.taps()).toEqual(circuit.edges.map(() => 128));
    expect((await host.ask("HELLO"))[5]).toBe("POWER");
    expect(await epoch()).toBe(begun + 2);
    expect(board.faultsSeen()).toEqual([]);
  });

  it("takes a transfer that a reset cut short for no fault, wherever it was", async () => {
    const { board, host } = create();
    for (let reset = 0; reset < 40; reset += 1) {
      await host.describe();
      board.write(Buffer.from(encodeHostLine(0, "RESPOND 400 800 A00 C00")));
      board.runFor(2e-4 + reset * 2.5e-5); // the line, then DACs from 0.8 ms, then the converter
      board.reset();
      board.runFor(0.03);
    }
    await host.describe();
    expect(nodesOf(await respond(host, [4000, 0, 0, 0]))[0]).toBeGreaterThan(3900);
    expect(board.faultsSeen()).toEqual([]);
  });

  it("loses bytes of a host that does not pace itself", async () => {
    const { board, host } = create();
    await host.describe();
    await host.ask("SETTLE 7530");
    const flood = Array.from({ length: 40 }, (_, k) => encodeHostLine(0x80 + k, "RESPOND 100 200 300 400")).join("");
    board.write(Buffer.from(flood));
    board.runFor(0.4);
    board.write(Buffer.from("\n"));
    const [, , overruns] = await host.ask("STATS", 5);
    expect(Number.parseInt(overruns as string, 16)).toBeGreaterThan(flood.length / 2);
  });

  it("knows a chip whose select wire is missing", async () => {
    const { host } = create({ faults: [{ kind: "missing-chip-select", pot: "U3" }] });
    await host.describe();
    const answer = await host.ask("READ 00");
    expect(answer.slice(0, 2)).toEqual(["ERR", "CHIP"]);
    expect(answer[2]?.startsWith("04")).toBe(true);
  });

  it("runs in the background, several at a time, while the event loop goes on", async () => {
    const texts = await Promise.all(
      [1, 2].map(async (seed) => {
        const board = createVirtualBoard({ seed });
        boards.push(board);
        const source = board.listen();
        board.start();
        board.start();
        expect(() => board.runFor(1)).toThrow(/background/);
        let text = "";
        for await (const chunk of source) {
          text += Buffer.from(chunk).toString("latin1");
          if (text.includes("!! HELLO") && !text.includes("-- OK") && text.endsWith("\n")) board.write(Buffer.from("-- HELLO\n"));
          if (/-- OK.*\n/.test(text)) break;
        }
        await board.stop();
        const stopped = board.boardSeconds();
        await new Promise((resolve) => setImmediate(resolve));
        expect(board.boardSeconds()).toBe(stopped);
        return text;
      }),
    );
    for (const text of texts) expect(text).toMatch(/-- OK ohmwork /);
  });

  it("does not run ahead of the wall clock when nobody speaks", async () => {
    const board = createVirtualBoard();
    boards.push(board);
    const begun = performance.now();
    board.start();
    await new Promise((resolve) => setTimeout(resolve, 300));
    await board.stop();
    expect(board.boardSeconds()).toBeLessThan((performance.now() - begun) / 1000 + 0.1); // 50 ms after the firmware's greeting
  });

  it("begins each reset with its bootloader, and hears a host only at its own rate", async () => {
    // TXEN on, "B" sent, then for ever: sts UCSR0B; sts UDR0; rjmp .-2, at 0x7e00. UBRR 0 is 1 Mbaud.
    const bootloader = ":0E7E000088E08093C10082E48093C600FFCF2B\n:00000001FF";
    const board = createVirtualBoard({ hex: ":00000001FF", bootloader, baudRate: 500_000 });
    boards.push(board);
    const source = board.listen()[Symbol.asyncIterator]();
    board.runFor(0.001);
    expect((await source.next()).value).toEqual(Uint8Array.of(0xff));
    expect(board.faultsSeen().map(({ message }) => message)).toEqual(["UART: board at 1000000 baud, host at 500000"]);
    board.setBaudRate(1_000_000);
    board.reset();
    board.runFor(0.001);
    expect((await source.next()).value).toEqual(Uint8Array.of(0x42));
  });

  it("ends the stream of its reader when it is disposed of", async () => {
    const board = createVirtualBoard();
    const next = board.listen()[Symbol.asyncIterator]().next();
    await board[Symbol.asyncDispose]();
    expect(await next).toEqual({ done: true, value: undefined });
  });

  it("refuses a node that is not there and a hex that is none", () => {
    expect(() => create().board.nodeVolts("h7")).toThrow(/Unknown node "h7"/);
    expect(() => createVirtualBoard({ hex: "no" })).toThrow(/No Intel HEX record/);
  });
});
