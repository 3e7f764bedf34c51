import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { finished, runOhmwork, startOhmwork } from "./run-ohmwork.ts";

const folder = mkdtempSync(join(tmpdir(), "ohmwork-table-"));
afterAll(() => rmSync(folder, { recursive: true }));
const inFolder = (name: string): string => join(folder, name);

describe("ohmwork train table", () => {
  it("does what is missing, and nothing twice", async () => {
    const out = inFolder("table.json");
    const table = ["train", "table", "--only", "digits-8x8/shg/digital/linear", "--epochs", "1", "--jobs", "2", "--out", out];
    const first = await runOhmwork(table);
    expect(first).toMatchObject({ code: 0, out: `${out}: 3 trainings, as a table in ${inFolder("table.md")}\n` });
    const kept = readFileSync(out, "utf8");
    const { runs } = JSON.parse(kept) as { runs: { key: string; testAccuracy: number }[] };
    expect(runs.map(({ key }) => key)).toEqual([1, 2, 3].map((seed) => `digits-8x8/shg/digital/linear/${seed}`));
    const shares = runs.map(({ testAccuracy }) => 100 * testAccuracy);
    const ends = [Math.min(...shares), Math.max(...shares)].map((share) => share.toFixed(1)).join("–");
    expect(readFileSync(inFolder("table.md"), "utf8")).toContain(`linear: `);
    expect(readFileSync(inFolder("table.md"), "utf8")).toContain(`(${ends})`);
    expect(await runOhmwork(table)).toMatchObject({ code: 0, err: "" });
    expect(readFileSync(out, "utf8")).toBe(kept);
    const other = await runOhmwork(table.with(table.indexOf("--epochs") + 1, "2"));
    expect(other).toMatchObject({ code: 2, err: `${out}: Results of epochs 1, expected of epochs 2\n` });
  });

  it.skipIf(process.platform === "win32")("stops in one line when a disk takes no more, and says how to go on", async () => {
    const out = inFolder("full.json");
    const table = ["train", "table", "--only", "digits-8x8/shg/digital/linear", "--epochs", "1", "--jobs", "2", "--out", out];
    // No file may be larger than 4 KiB, the state of a training is.
    const full = await finished(startOhmwork(table, { largestFile: 8 }));
    expect(full).toMatchObject({ code: 3, out: "" });
    const state = join(`${out}.states`, "digits-8x8 shg digital linear ");
    const [reads, own, ...others] = full.err.trimEnd().split("\n");
    expect([reads, ...others]).toEqual(["train table: reads the data of digits-8x8"]);
    expect(own?.startsWith(state)).toBe(true);
    const kept = "make room and give the same command again, 0 of 3 trainings are kept";
    expect(own?.slice(state.length)).toMatch(new RegExp(`^[12]\\.ckpt: Larger than a file may be there: ${kept}$`));
    expect(await runOhmwork(table)).toMatchObject({
      code: 0,
      out: `${out}: 3 trainings, as a table in ${inFolder("full.md")}\n`,
    });
  });
});
