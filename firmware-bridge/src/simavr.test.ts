import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { recordMeasured } from "@ohmwork/core/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { firmwareCopy, hasPrograms, runProgram } from "./testing/firmware-tools.ts";
import { decodeBoardLine, encodeHostLine } from "./link/line.ts";

const required = process.env["OHMWORK_REQUIRE_ALL"] === "1";
const hasHeaders = existsSync("/usr/include/simavr/sim_avr.h") || required;
if (!hasHeaders) process.stderr.write("Skipped: the firmware under simavr, without libsimavr-dev\n");

/** Of 2048, a quarter. */
const SPARE_RAM_BYTES = 512;

/** bench-16 as it is wired: nodes, what drives them, edges. */
const description = [
  "NODES 09 0 1 2 3 E 7 4 5 6",
  "SOURCES 04 00 1A 01 1B 02 1C 03 1D",
  "OUTPUT 01 08 2A 06",
  "EDGES 00 0008 0108 0208 0308 0408 0508 0608 0708 0006 0206 0406 0506 0107 0307 0407 0507",
];
const positions = Array.from({ length: 16 }, (_, edge) => (16 * edge + 16).toString(16).toUpperCase().padStart(3, "0")).join(" ");

describe.runIf(hasHeaders && hasPrograms("the firmware under simavr", ["gcc", "make"]))("the firmware under simavr", () => {
  let copy: Awaited<ReturnType<typeof firmwareCopy>>;
  beforeAll(async () => {
    copy = await firmwareCopy();
    await runProgram("make", ["-C", copy.folder, "simavr"]);
  }, 60_000);
  afterAll(() => copy[Symbol.asyncDispose]());

  /** Has the board carry out lines; those that begin with `@` do something to the bench, `=` stands before a line that is written as it is. */
  const run = async (commands: readonly string[]): Promise<{ events: string[]; answers: string[]; spareRam: number }> => {
    const lines = commands.map((command, seq) => {
      if (command.startsWith("=")) return `${command.slice(1)}\n`;
      return command.startsWith("@") ? `${command}\n` : encodeHostLine(seq & 0xff, command);
    });
    const hex = fileURLToPath(new URL("../firmware/ohmwork.hex", import.meta.url));
    const { stdout, stderr } = await runProgram(join(copy.folder, "build/host"), [hex], lines.join(""));
    expect(stderr).not.toMatch(/^chip /m); // what a chip of the bench would not take
    const decoded = stdout
      .split("\n")
      .filter((line) => line !== "")
      .map(decodeBoardLine);
    const events: string[] = [];
    const answers: string[] = [];
    for (const each of decoded) {
      if (!each.ok) expect.unreachable(`Bad line: ${each.reason}`);
      else if (each.line.kind === "event") events.push([each.line.name, ...each.line.fields].join(" "));
      else if (each.line.kind === "answer") answers.push(each.line.fields.join(" "));
      else answers.push(`${each.line.code} ${each.line.detail}`.trimEnd());
    }
    return { events, answers, spareRam: Number(/^unused RAM (\d+) bytes/m.exec(stderr)?.[1]) };
  };

  it("says who it is, at its start and when asked", async () => {
    const { events, answers } = await run(["HELLO", "@reset", "HELLO"]);
    const identity = /^ohmwork \d+\.\d+\.\d+ [0-9A-F]{8} 01 40 (POWER|EXT) 000[12] 0$/;
    expect(answers).toHaveLength(2);
    for (const each of answers) expect(each).toMatch(identity);
    expect(events).toEqual(answers.map((each) => `HELLO ${each}`));
    expect(answers[1]).toContain("EXT 0002");
  });

  it("programs wipers, reads them back, and names the edge whose chip is not there", async () => {
    const { answers } = await run([...description, "PROGRAM 00 " + positions, "READ 00", "@pull 3", "READ 00", "READ 08"]);
    expect(answers.slice(3)).toEqual(["10", "", positions, "CHIP 06 070", positions.slice(4 * 8)]);
  });

  it("notices that the potentiometers lost their power", async () => {
    const { answers } = await run([...description, "PROGRAM 00 " + positions, "@power", "READ 00"]);
    expect(answers.at(-1)).toBe("CHIP 00 010 080");
  });

  it("presents nothing to potentiometers that lost their power, and says once which one, until they are programmed", async () => {
    const ask = ["RESPOND 100 200 300 400", "RESPOND 100 200 300 401"];
    const program = "PROGRAM 00 " + positions;
    const { answers, events } = await run([...description, program, ask[0] ?? "", "@power", ...ask, program, ...ask]);
    const [first, lost, again, , ...healed] = answers.slice(5);
    expect(first).toMatch(/^100 200 300 400 /);
    // The first check took edge 0; edge 7 is programmed to what a chip without power stands at.
    expect([lost, again]).toEqual(["CHIP 01 020 080", "CHIP 01 020 080"]);
    expect(events.slice(1)).toEqual(["CHIP 01 020 080"]);
    for (const each of healed) expect(each).toMatch(/^100 200 300 40/);
  });

  it("says which chip does not take what it is programmed to", async () => {
    const { answers } = await run([...description, "@pull 3", "PROGRAM 00 " + positions, "PROGRAM 08 " + positions.slice(4 * 8)]);
    expect(answers.slice(4)).toEqual(["CHIP 06 070", ""]);
  });

  it("does nothing that a line with a wrong checksum says, and reports it", async () => {
    const good = encodeHostLine(4, "PROGRAM 00 " + positions).trimEnd();
    const bad = good.replace(" 010 ", " 011 ");
    const { events, answers } = await run([...description, `=${bad}`, "READ 00"]);
    expect(events.slice(1)).toEqual(["BAD CRC 0001"]);
    expect(answers.at(-1)).toBe(Array(16).fill("080").join(" "));
  });

  it("answers a repeated line from memory", async () => {
    const line = encodeHostLine(9, "LEARN 100 200 300 400 FFF").trimEnd();
    const rule = ["RULE S F 80 0000 000 000 000 000 1", "SEED 12345678"];
    const { answers } = await run([...description, ...rule, `=${line}`, `=${line}`, "STATE"]);
    expect(answers.slice(-3)).toEqual(["280 FF 10", "280 FF 10", "12345678 00000001"]);
  });

  it("leaves a quarter of its RAM untouched, stack included", async (context) => {
    const everything = [
      ...description,
      "PROGRAM 00 " + positions,
      "WINDOW 010 0F0",
      "RULE P S 80 FFFF 000 000 FFF 800 4",
      "SEED 12345678",
      "LEARN 100 200 300 400 FFF",
      "RESPOND 100 200 300 400",
      "CALIBRATE M",
      "READ 00",
      "STATS",
      `=${"X".repeat(200)}`,
      "HELLO",
    ];
    const { answers, spareRam } = await run(everything);
    expect(answers).toHaveLength(everything.length - 1);
    expect(answers.filter((each) => /^(FIELD|RANGE|ORDER|CHIP|DAC|OFFSET|COMMAND)/.test(each))).toEqual([]);
    expect(spareRam).toBeGreaterThanOrEqual(SPARE_RAM_BYTES);
    recordMeasured(context, "RAM never used [bytes]", spareRam);
  });
});
