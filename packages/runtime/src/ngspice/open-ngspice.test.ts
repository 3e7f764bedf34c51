import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AbortedError, type Clock, DeadlineExceededError, Seconds } from "@ohmwork/core";
import { afterAll, afterEach, describe, expect, it, type TestContext, vi } from "vitest";
import { openNgspice } from "./open-ngspice.ts";

function withNgspice(context: TestContext): void {
  if (spawnSync("ngspice", ["--version"]).error !== undefined) context.skip("ngspice is not installed");
}

const divider = (volts: number): string =>
  `A divider\n.param vin=${volts}\nV1 in 0 {vin}\nR1 in out 3k\nR2 out 0 1k\n.op\n.end\n`;

const scripts = mkdtempSync(join(tmpdir(), "ohmwork-scripts-"));
afterAll(() => rmSync(scripts, { recursive: true }));

/** In the place of ngspice what never answers. */
function hanging(context: TestContext): string {
  if (process.platform === "win32") context.skip("runs a shell script");
  const file = join(scripts, "hanging");
  writeFileSync(file, "#!/bin/sh\nexec sleep 600\n", { mode: 0o755 });
  return file;
}

/** A clock whose one sleeper is woken by hand. */
function steppedClock(): { clock: Clock; asleep: () => Promise<void>; wake: (before?: () => void) => Promise<void> } {
  let sleeper = Promise.withResolvers<() => void>();
  const sleep: Clock["sleep"] = (_, signal) =>
    new Promise((resolve, reject) => {
      signal?.addEventListener("abort", () => reject(new AbortedError("Sleep")));
      sleeper.resolve(resolve);
    });
  return {
    clock: { now: () => 0, monotonic: () => Seconds(0), sleep },
    asleep: async () => void (await sleeper.promise),
    wake: async (before) => {
      const due = await sleeper.promise;
      sleeper = Promise.withResolvers();
      before?.();
      due();
    },
  };
}

afterEach(() => void vi.unstubAllEnvs());

describe("openNgspice()", () => {
  it("gives the vectors of an operating point by name", async (context) => {
    withNgspice(context);
    const vectors = await openNgspice().run(divider(4));
    expect(vectors.get("v(out)")?.[0]).toBeCloseTo(1, 9);
    expect(vectors.get("i(v1)")?.[0]).toBeCloseTo(-1e-3, 9);
  });

  it("gives every point of a transient", async (context) => {
    withNgspice(context);
    const rc = "Charging\nV1 in 0 PWL(0 0 1n 1)\nR1 in out 1k\nC1 out 0 1u\n.options reltol=1e-6\n.tran 10u 2m\n.end\n";
    const vectors = await openNgspice().run(rc);
    const times = vectors.get("time") ?? [];
    expect(times.length).toBeGreaterThan(100);
    for (const [k, time] of times.entries()) expect(vectors.get("v(out)")?.[k]).toBeCloseTo(1 - Math.exp(-time / 1e-3), 4);
  });

  it("runs many in one process, in their order, and leaves nothing behind", async (context) => {
    withNgspice(context);
    const folder = mkdtempSync(join(tmpdir(), "ohmwork-"));
    vi.stubEnv("TMPDIR", folder);
    const all = await openNgspice().runAll([4, 8, -2].map(divider));
    expect(all.map((vectors) => vectors.get("v(out)")?.[0]?.toFixed(9))).toEqual([1, 2, -0.5].map((volts) => volts.toFixed(9)));
    expect(readdirSync(folder)).toEqual([]);
    rmdirSync(folder);
  });

  it("says in one line what ngspice found wrong", async (context) => {
    withNgspice(context);
    const { run, runAll } = openNgspice();
    await expect(run("No model\nQ1 a 0 1\n.op\n.end\n")).rejects.toThrow(
      /^ngspice found no answer: [^\n]*valid modelname[^\n]*$/,
    );
    await expect(runAll([divider(1), "No model\nQ1 a 0 1\n.op\n.end\n"])).rejects.toThrow(/^ngspice found no answer/);
    await expect(run("Complex\nV1 a 0 ac 1\nR1 a 0 1\n.ac dec 1 1 10\n.end\n")).rejects.toThrow("Analysis gives complex numbers");
  });

  it("ends what takes longer than its limit, in one line", async (context) => {
    const { clock, wake } = steppedClock();
    const answer = openNgspice(hanging(context), { clock, limit: Seconds(30) }).run(divider(1), { name: "latch.cir" });
    const said = /^An answer of ngspice to latch\.cir did not happen within 30 s$/;
    await Promise.all([expect(answer).rejects.toThrow(said), wake()]);
  });

  it("has its limit for each netlist, however many there are", async (context) => {
    const command = hanging(context);
    const { clock, wake } = steppedClock();
    const folder = mkdtempSync(join(tmpdir(), "ohmwork-"));
    vi.stubEnv("TMPDIR", folder);
    const answer = openNgspice(command, { clock, limit: Seconds(30) }).runAll([1, 2, 3].map(divider));
    const looks = async (): Promise<void> => {
      for (const result of ["0.raw", "1.raw"])
        await wake(() => writeFileSync(join(folder, readdirSync(folder)[0] as string, result), ""));
      await wake();
    };
    await Promise.all([expect(answer).rejects.toThrow(DeadlineExceededError), looks()]);
    expect(readdirSync(folder)).toEqual([]);
    rmdirSync(folder);
  });

  it("is ended by the signal", async (context) => {
    const stop = new AbortController();
    const { clock, asleep } = steppedClock();
    const call = { signal: stop.signal };
    const answer = openNgspice(hanging(context), { clock, limit: Seconds(30) }).run(divider(1), call);
    await Promise.all([expect(answer).rejects.toThrow(AbortedError), asleep().then(() => stop.abort())]);
    await expect(openNgspice("no-such-ngspice").run(divider(1), call)).rejects.toThrow(AbortedError);
  });

  it("says in one line that it is not installed", async () => {
    await expect(openNgspice("no-such-ngspice").run(divider(1))).rejects.toThrow(
      /^no-such-ngspice is not installed \(on Debian and Ubuntu: apt install ngspice\)$/,
    );
  });
});
