import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createVirtualBoard } from "@ohmwork/firmware-bridge";
import {
  buildOptiboot,
  canBuildOptiboot,
  hasPseudoTerminal,
  openPseudoTerminal,
  putOnTerminal,
} from "@ohmwork/firmware-bridge/testing";
import { describe, expect, it } from "vitest";
import { finished, hasSaid, runOhmwork, startOhmwork } from "./run-ohmwork.ts";

const HELLO = /^-- OK ohmwork \d+\.\d+\.\d+ [\dA-F]{8} /m;

describe("ohmwork board on a port that does not open", () => {
  for (const command of ["info", "monitor", "calibrate", "flash", "test"]) {
    it(`${command} says in one line that there is no such port`, async () => {
      expect(await runOhmwork(["board", command, "--board", "/dev/no-such-port"])).toEqual({
        code: 1,
        out: "",
        err: "Serial port /dev/no-such-port: there is no such port; is the board plugged in?\n",
      });
    });
  }

  it("learn says that it is no serial port", async () => {
    const { code, out, err } = await runOhmwork(["learn", "iris", "--board", "/dev/null"]);
    expect({ code, out, err }).toEqual({ code: 1, out: "", err: "Serial port /dev/null: that is no serial port\n" });
  });
});

describe("ohmwork board monitor", () => {
  it("says what the virtual board answers to typed lines, whatever their case", async () => {
    const child = startOhmwork(["board", "monitor", "--board", "virtual"], { typed: true });
    child.stdin?.end("hello\n\n-- read\n?\n00 quiet 0000 bde1\n");
    const { code, out, err } = await finished(child);
    expect({ code, err }).toEqual({ code: 0, err: "Connected to virtual; ? is for help, Ctrl-D ends\n" });
    expect(out).toMatch(/^!! HELLO ohmwork /);
    expect(out).toMatch(HELLO);
    expect(out).toContain("\n-- ERR ORDER EDGES\n");
    expect(out).toContain("docs/board.md");
    expect(out).toMatch(/^00 OK [\dA-F]{4}$/m);
  });

  it("says which lines the board does not take by hand", async () => {
    const child = startOhmwork(["board", "monitor", "--board", "virtual"], { typed: true });
    child.stdin?.end("respond 000\n");
    const { code, out, err } = await finished(child);
    expect(code).toBe(0);
    expect(out.trimEnd().split("\n")).toHaveLength(1);
    expect(err).toContain("\nThe board takes HELLO, READ, STATS, HELP and ? by hand; ");
  });

  it("counts lines in its result", async () => {
    const child = startOhmwork(["board", "monitor", "--board", "virtual", "--json"], { typed: true });
    child.stdin?.end("hello\n");
    const { code, out, err } = await finished(child);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ schema: "ohmwork.board-monitor/1", linesTyped: 1, linesHeard: 2 });
    expect(err).toMatch(HELLO);
  });
});

describe.runIf(hasPseudoTerminal("boards on a pseudo-terminal"))("ohmwork board on a serial port", () => {
  it("monitor ends with an error when the port vanishes", async () => {
    await using board = createVirtualBoard();
    const terminal = await openPseudoTerminal();
    putOnTerminal(board, terminal);
    const child = startOhmwork(["board", "monitor", "--board", terminal.path, "--json"], { typed: true });
    const ended = finished(child);
    child.stdin?.write("hello\n");
    await hasSaid(child, "-- OK ohmwork");
    await terminal[Symbol.asyncDispose]();
    const { code, out, err } = await ended;
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(/\nPort \/dev\/pts\/\d+ has gone; was the cable pulled\?\n$/);
  });

  it("test exits with 1 and names the wire that is wrong", { timeout: 120_000 }, async () => {
    await using board = createVirtualBoard({ seed: 5, faults: [{ kind: "open-edge", edge: "x0-h0" }] });
    await using terminal = await openPseudoTerminal();
    putOnTerminal(board, terminal);
    const { code, out, err } = await runOhmwork(["board", "test", "--board", terminal.path]);
    expect(code, err).toBe(1);
    expect(out.trimEnd().split("\n")).toEqual([expect.stringContaining("x0-h0")]);
    expect(err.trimEnd().split("\n").at(-1)).toBe(`Bench on ${terminal.path} has 1 fault`);
  });
});

describe("ohmwork board calibrate", () => {
  it("gives the offsets of every channel, for a person and as JSON", async () => {
    const { code, out, err } = await runOhmwork(["board", "calibrate", "--board", "virtual", "--seed", "2"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    for (const node of ["x0", "x1", "x2", "x3", "out"]) expect(out).toMatch(new RegExp(`^ +${node} +.*mV`, "m"));
    const json = await runOhmwork(["board", "calibrate", "--board", "virtual", "--seed", "2", "--json"]);
    expect(JSON.parse(json.out)).toMatchObject({ schema: "ohmwork.board-calibrate/1", board: "virtual", seed: 2 });
  });
});

describe.runIf(canBuildOptiboot("ohmwork board flash on the virtual board"))("ohmwork board flash", () => {
  it("writes the firmware through the bootloader of the virtual board and compares it", { timeout: 120_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), "ohmwork-flash-"));
    try {
      const bootloader = join(folder, "optiboot.hex");
      await writeFile(bootloader, await buildOptiboot());
      const { code, out, err } = await runOhmwork(["board", "flash", "--board", "virtual", "--bootloader", bootloader]);
      expect(code, err).toBe(0);
      expect(out).toMatch(/^\d+ bytes written to virtual and compared: all the same\n$/);
      expect(err).toMatch(/^write: (\d+) bytes\nverify: \1 bytes\n$/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
