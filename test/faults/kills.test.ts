import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createRandom } from "@ohmwork/core";
import { recordGuarantee, scaled, testSeed } from "@ohmwork/core/testing";
import { startEmbeddedBroker } from "@ohmwork/runtime";
import { requireMosquitto, startMosquitto } from "@ohmwork/runtime/testing";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { type NodeProcess, startAgentProcess, startTrainerProcess } from "./node-process.ts";
import { createSampleLedger, storedIn } from "./sample-ledger.ts";

/** A folder for the agent's state, and a file for the trainer. */
function places(): { state: string; file: string } {
  const folder = mkdtempSync(join(tmpdir(), "ohmwork-kills-"));
  const state = join(folder, "agent");
  mkdirSync(state);
  return { state, file: join(folder, "trainer.sqlite") };
}
const missing = (from: readonly string[], stored: readonly string[]): string[] => {
  const known = new Set(stored);
  return from.filter((id) => !known.has(id));
};

describe("agent, trainer and broker that are killed", { timeout: 1_200_000 }, () => {
  it("lose no sample that was acknowledged, and none that was taken in", async (context) => {
    requireMosquitto(context);
    const { state, file } = places();
    const seed = testSeed(8);
    const random = createRandom(seed, "kills");
    const ledger = createSampleLedger();
    const kills = { agent: 0, trainer: 0, broker: 0 };
    let left = 0;
    /** Acknowledged and not in the store at that moment. */
    const lost: string[] = [];
    let broker = await startMosquitto();
    const { url, port } = broker;
    const agentOf = (exit: boolean): NodeProcess => startAgentProcess({ broker: url, state, exit, pause: 100 });
    let agent = agentOf(false);
    let trainer = startTrainerProcess({ broker: url, file });
    let leave = await ledger.listen(url);
    onTestFinished(async () => {
      await Promise.all([agent.kill(), trainer.kill(), broker[Symbol.asyncDispose](), leave()]);
    });
    const count = scaled(200);
    for (let i = 0; i < count; i += 1) {
      await sleep(1000 * random.uniform());
      // The broker less often: the others come back to it at longer and longer intervals.
      const victim =
        (["agent", "agent", "agent", "trainer", "trainer", "trainer", "broker"] as const)[random.below(7)] ?? "agent";
      kills[victim] += 1;
      if (victim === "agent") {
        await agent.kill();
        left += ledger.readLeft(state);
        agent = agentOf(false);
        if (random.below(4) > 0) await agent.nextLine(); // the others may be killed while they begin
      } else if (victim === "trainer") {
        await trainer.kill();
        lost.push(...missing(ledger.acknowledged(), storedIn(file)));
        trainer = startTrainerProcess({ broker: url, file });
      } else {
        await Promise.all([broker[Symbol.asyncDispose](), leave()]);
        broker = await startMosquitto({ port }); // it kept nothing
        leave = await ledger.listen(url);
      }
    }
    await agent.kill();
    left += ledger.readLeft(state);
    agent = agentOf(true);
    // Its patience with a trainer that comes back slowly is short.
    for (let i = 0; i < 5 && (await agent.exited) !== 0; i += 1) agent = agentOf(true);
    expect(await agent.exited).toBe(0);
    const produced = ledger.produced();
    const stored = storedIn(file);
    expect(produced.length).toBeGreaterThan(40 * (kills.agent / 4)); // 40 of each lesson that came to its end
    expect(lost).toEqual([]);
    expect(missing(produced, stored)).toEqual([]);
    expect(missing(stored, produced)).toEqual([]);
    expect(new Set(stored).size).toBe(stored.length);
    const measured = { ...kills, "samples produced": produced.length, "found on the agent's disk at its kills": left };
    recordGuarantee(context, {
      guarantee: "P1",
      fault: "agent, trainer or mosquitto killed at a random moment",
      count,
      seed,
      measured: { ...measured, "heard more than once": ledger.repeated(), lost: 0 },
    });
  });

  it("would be seen to lose what a trainer acknowledges before it keeps it", async (context) => {
    await using broker = await startEmbeddedBroker({ port: 0 });
    const { state, file } = places();
    const ledger = createSampleLedger();
    const leave = await ledger.listen(broker.url);
    await using trainer = startTrainerProcess({ broker: broker.url, file, isHasty: true });
    expect(await trainer.nextLine()).toBe("ready");
    await using agent = startAgentProcess({ broker: broker.url, state, pause: 100 });
    await vi.waitFor(() => expect(ledger.acknowledged().length).toBeGreaterThan(0), { timeout: 20_000, interval: 20 });
    await agent.kill();
    await trainer.kill();
    await leave();
    const lost = missing(ledger.acknowledged(), storedIn(file));
    expect(lost.length).toBe(ledger.acknowledged().length);
    recordGuarantee(context, {
      guarantee: "P1",
      fault: "acknowledged before the commit",
      count: 1,
      unguarded: true,
      measured: { lost: lost.length },
    });
  });
});
