import { describe, expect, it } from "vitest";
import { finished, runOhmwork, startOhmwork } from "./run-ohmwork.ts";

const HEADER = { version: expect.any(String), system: "bench-16", rule: null };

async function resultOf(args: readonly string[]): Promise<Record<string, unknown>> {
  const { code, out } = await runOhmwork(["board", ...args, "--json"]);
  expect(code).toBe(0);
  expect(out.split("\n")).toHaveLength(2);
  return JSON.parse(out) as Record<string, unknown>;
}

describe("ohmwork board", () => {
  it("list names the virtual board, whatever ports there are", async () => {
    const result = await resultOf(["list"]);
    expect(result).toMatchObject({ ...HEADER, schema: "ohmwork.board-list/1", task: "board-list", seed: null });
    expect(result["boards"]).toEqual(expect.arrayContaining([expect.objectContaining({ name: "virtual" })]));
  });

  it("list does not need udevadm", async () => {
    const child = startOhmwork(["board", "list", "--json"], { env: { PATH: "/nowhere" } });
    const { code, out, err } = await finished(child);
    expect({ code, err }).toEqual({ code: 0, err: expect.stringMatching(/could not be listed/) });
    expect(JSON.parse(out)).toMatchObject({ boards: expect.any(Array), problem: expect.stringContaining("udevadm") });
  });

  it("info says who is there", async () => {
    expect(await resultOf(["info", "--board", "virtual", "--seed", "3"])).toMatchObject({
      ...HEADER,
      schema: "ohmwork.board-info/1",
      seed: 3,
      board: "virtual",
      protocol: 1,
      largestNetwork: 64,
      resetCause: "POWER",
      counters: { badLines: 0, lostBytes: 0, steps: 0 },
    });
  });

  it("test finds nothing wrong with the virtual bench, and tells each step", async () => {
    const { code, out, err } = await runOhmwork(["board", "test", "--board", "virtual", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ ...HEADER, schema: "ohmwork.board-test/1", seed: 1, passed: true, findings: [] });
    expect(err.trimEnd().split("\n").map((line) => line.split(":")[0])).toEqual(["hello", "chip selects", "sources", "edges", "clamp"]); // prettier-ignore
  });

  const bad: Record<string, [args: readonly string[], message: RegExp]> = {
    "an unknown command": [["tset"], /did you mean test/],
    "no board": [["info"], /--board is missing/],
    "a board that is none": [["test", "--board", "mars"], /"mars", expected virtual or a serial port/],
    "flashing the virtual board": [["flash", "--board", "virtual"], /needs no flashing/],
  };
  for (const [what, [args, message]] of Object.entries(bad)) {
    it(`refuses ${what} in one line`, async () => {
      const { code, out, err } = await runOhmwork(["board", ...args]);
      expect({ code, out }).toEqual({ code: 2, out: "" });
      expect(err.trimEnd().split("\n")).toHaveLength(1);
      expect(err).toMatch(message);
    });
  }
});
