import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRandom } from "@ohmwork/core";
import { recordMeasured, scaled } from "@ohmwork/core/testing";
import { connectMqtt, startEmbeddedBroker } from "@ohmwork/runtime";
import { decode, encode, messages } from "@ohmwork/wire";
import { describe, expect, it, onTestFinished } from "vitest";

/** The agent as a process of its own: learns again and again, or with `exit` once, and leaves when it is done. */
function startAgent(url: string, state: string, exit: boolean): ChildProcess {
  const again = "onLearned: () => new Promise((resolve) => setTimeout(resolve, 20))";
  const lines = [
    `import { runAgent } from "@ohmwork/agent"; import { Seconds } from "@ohmwork/core"; import { createSumDevice } from "./sum-device.ts";`,
    `const options = { device: createSumDevice(), broker: ${JSON.stringify(url)}, state: ${JSON.stringify(state)}, exit: true, progressSeconds: Seconds(0.05), ${again} };`,
    exit
      ? `const { outbox } = await runAgent(options, new AbortController().signal); process.exitCode = outbox.depth === 0 ? 0 : 1;`
      : `for (;;) await runAgent(options, new AbortController().signal);`,
  ];
  const child = spawn(
    process.execPath,
    ["--conditions=@ohmwork/source", "--input-type=module-typescript", "--eval", lines.join("\n")],
    { cwd: import.meta.dirname, stdio: ["ignore", "ignore", "inherit"] },
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

const exitOf = (child: ChildProcess): Promise<number | null> => new Promise((resolve) => void child.once("exit", resolve));

/** What a process that was killed left on its disk, read in a copy so that the next one finds it untouched. */
function leftIn(state: string): string[] {
  const file = join(mkdtempSync(join(tmpdir(), "ohmwork-left-")), "outbox.sqlite");
  if (!existsSync(join(state, "outbox.sqlite"))) return [];
  for (const suffix of ["", "-wal"]) {
    if (existsSync(join(state, `outbox.sqlite${suffix}`)))
      copyFileSync(join(state, `outbox.sqlite${suffix}`), `${file}${suffix}`);
  }
  const database = new DatabaseSync(file);
  try {
    if (database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'samples'").get() === undefined) return [];
    return database
      .prepare("SELECT boot, seq FROM samples")
      .all()
      .map(({ boot, seq }) => `${String(boot)}-${String(seq)}`);
  } finally {
    database.close();
  }
}

type Keeper = {
  isDeaf: boolean;
  readonly heard: Set<string>;
  readonly kept: Set<string>;
  readonly prefixes: Map<string, number>;
};

/** As little of a trainer as there can be: keeps what comes, and acknowledges each boot as far as it is without a gap. */
async function startKeeper(url: string): Promise<Keeper> {
  const connection = connectMqtt(url, { clientId: "keeper" });
  onTestFinished(() => connection.close());
  const kept = new Set<string>();
  const prefixes = new Map<string, number>();
  /** Everything that was ever sent, kept or not: it was measured, so it must not be lost. */
  const heard = new Set<string>();
  const keeper = { isDeaf: false, heard, kept, prefixes };
  await connection.subscribe("ohmwork/v1/home/d1/sample", (_, payload) => {
    const sample = decode("sample", payload);
    if (sample.ok) heard.add(sample.value.id);
    if (!sample.ok || keeper.isDeaf) return;
    const { boot, id } = sample.value;
    kept.add(id);
    let upTo = prefixes.get(boot) ?? 0;
    while (kept.has(`${boot}-${upTo + 1}`)) upTo += 1;
    prefixes.set(boot, upTo);
    void connection.publish("ohmwork/v1/home/d1/ack", encode("ack", { upTo: { [boot]: upTo } }), messages.ack);
  });
  return keeper;
}

describe("an agent that is killed", () => {
  it("loses no sample that was on its disk, and leaves no gap in what it sends", async (context) => {
    await using broker = await startEmbeddedBroker({ port: 0 });
    const state = mkdtempSync(join(tmpdir(), "ohmwork-killed-"));
    const keeper = await startKeeper(broker.url);
    const { heard, kept, prefixes } = keeper;
    const random = createRandom(8, "kills");
    const left = new Set<string>();
    const kills = scaled(60);
    for (let i = 0; i < kills; i += 1) {
      const agent = startAgent(broker.url, state, false);
      const gone = exitOf(agent);
      keeper.isDeaf = i % 2 === 0; // or hardly anything would be waiting
      await new Promise((resolve) => setTimeout(resolve, 500 + 1500 * random.uniform()));
      agent.kill("SIGKILL");
      await gone;
      for (const id of leftIn(state)) left.add(id);
    }
    keeper.isDeaf = false;
    const last = startAgent(broker.url, state, true);
    expect(await exitOf(last)).toBe(0);
    // Fails when the broker's word is taken for the trainer's: samples let go of at PUBACK are heard and not kept.
    expect([...left, ...heard].filter((id) => !kept.has(id))).toEqual([]);
    expect(leftIn(state)).toEqual([]);
    expect(prefixes.values().reduce((sum, upTo) => sum + upTo, 0)).toBe(kept.size);
    expect(left.size).toBeGreaterThan(0);
    recordMeasured(context, "kills of an agent", kills);
    recordMeasured(context, "samples that were on its disk when it was killed", left.size);
  }, 600_000);
});
