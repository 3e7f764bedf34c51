import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeep, recordGuarantee } from "@ohmwork/core/testing";
import { startEmbeddedBroker } from "@ohmwork/runtime";
import { requireMosquitto, startMosquitto } from "@ohmwork/runtime/testing";
import { describe, expect, it } from "vitest";
import { type NodeProcess, startAgentProcess, startTrainerProcess } from "./node-process.ts";
import { storedIn } from "./sample-ledger.ts";
import type { Usage } from "./usage.ts";

const seconds = isDeep ? 600 : 8;
const everyMilliseconds = isDeep ? 5000 : 250;
const megabyte = 2 ** 20;

/** What a process says that it uses, until so many seconds have passed. */
async function watch(program: NodeProcess): Promise<Usage[]> {
  const usages: Usage[] = [];
  while ((usages.at(-1)?.at ?? 0) < seconds) {
    const line = await program.nextLine();
    if (line === undefined) break;
    if (line.startsWith("{")) usages.push(JSON.parse(line) as Usage);
  }
  return usages;
}

/** Growth by least squares over the last two thirds, when everything was used once [MB an hour]. */
function slopeOf(usages: readonly Usage[], what: "heap" | "resident"): number {
  const settled = usages.slice(Math.floor(usages.length / 3));
  const mean = (of: (usage: Usage) => number): number => settled.reduce((sum, usage) => sum + of(usage), 0) / settled.length;
  const [at, value] = [mean((usage) => usage.at), mean((usage) => usage[what])];
  const covariance = mean((usage) => (usage.at - at) * (usage[what] - value));
  return ((covariance / mean((usage) => (usage.at - at) ** 2)) * 3600) / megabyte;
}

describe("agent and trainer that do at once what takes them months", { timeout: 1_200_000 }, () => {
  it("use no more of the machine at the end", async (context) => {
    requireMosquitto(context);
    await using broker = await (isDeep ? startMosquitto() : startEmbeddedBroker({ port: 0 }));
    const folder = mkdtempSync(join(tmpdir(), "ohmwork-soak-"));
    const [state, file] = [join(folder, "agent"), join(folder, "trainer.sqlite")];
    mkdirSync(state);
    await using trainer = startTrainerProcess({
      broker: broker.url,
      file,
      sayEvery: everyMilliseconds,
      ...(isDeep && { keep: 2000 }),
    });
    expect(await trainer.nextLine()).toBe("ready");
    await using agent = startAgentProcess({ broker: broker.url, state, isSteady: true, pause: 20, sayEvery: everyMilliseconds });
    const [agents, trainers] = await Promise.all([watch(agent), watch(trainer)]);
    const samples = Math.max(...storedIn(file).map((id) => Number(id.split("-")[1])));
    expect(samples).toBeGreaterThan(0);
    const measured: Record<string, number | string> = { "samples through them": samples };
    for (const [who, usages] of Object.entries({ agent: agents, trainer: trainers })) {
      expect(usages.at(-1)?.at).toBeGreaterThanOrEqual(seconds);
      const settled = usages.slice(Math.floor(usages.length / 3));
      const descriptors = settled.map((usage) => usage.descriptors);
      expect(Math.max(...descriptors) - Math.min(...descriptors), `descriptors of the ${who}`).toBeLessThanOrEqual(1); // a look at them is one
      const heap = ((settled.at(-1)?.heap ?? 0) - (settled[0]?.heap ?? 0)) / megabyte;
      expect(heap, `growth of the ${who}'s heap [MB]`).toBeLessThan(2);
      measured[`descriptors of the ${who}, at most`] = Math.max(...descriptors);
      measured[`heap of the ${who} grew by [MB]`] = heap.toFixed(2);
      if (!isDeep) continue; // what a few seconds make of an hour means nothing
      measured[`heap of the ${who} [MB/h]`] = slopeOf(usages, "heap").toFixed(1);
      measured[`resident memory of the ${who} [MB/h]`] = slopeOf(usages, "resident").toFixed(1);
    }
    recordGuarantee(context, { guarantee: "P22", fault: "lesson after lesson without a pause [s]", count: seconds, measured });
  });
});
