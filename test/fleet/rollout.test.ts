import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runAgent } from "@ohmwork/agent";
import { recordGuarantee } from "@ohmwork/core/testing";
import { startEmbeddedBroker } from "@ohmwork/runtime";
import { createHttpTokens, loadHttpTokens, type Rollout, runTrainer } from "@ohmwork/trainer";
import { createSigner, hashOfPorts, sealParameterSet } from "@ohmwork/wire";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { runOhmwork } from "../cli/run-ohmwork.ts";
import { createSumDevice } from "./sum-device.ts";

const names = ["d1", "d2", "d3"];
const patience = { timeout: 20_000, interval: 50 };

type Fixture = {
  readonly cwd: string;
  readonly url: string;
  readonly devices: ReadonlyMap<string, ReturnType<typeof createSumDevice>>;
  /** A rollout command of the command line, and the rollout that it shows. */
  readonly rollout: (...args: string[]) => Promise<Rollout>;
};

/** A broker, a trainer that may sign, and three agents that have learned their task. */
async function fixture(): Promise<Fixture> {
  const cwd = mkdtempSync(join(tmpdir(), "ohmwork-rollout-"));
  const broker = await startEmbeddedBroker({ port: 0 });
  const signer = await createSigner(new Uint8Array(32).fill(5));
  const stop = new AbortController();
  const tokenFile = join(cwd, "tokens.yaml");
  const tokens = createHttpTokens(loadHttpTokens(tokenFile));
  const listening = Promise.withResolvers<string>();
  const trainer = runTrainer(
    {
      fleet: "home",
      broker: broker.url,
      file: join(cwd, "t.sqlite"),
      signer,
      http: { port: 0, tokens },
      onApi: listening.resolve,
    },
    stop.signal,
  );
  const url = await Promise.race([listening.promise, trainer.then(() => "")]);
  const devices = new Map(names.map((id) => [id, { ...createSumDevice(), id, groups: ["all"] }]));
  const learned = new Set<string>();
  const agents = [...devices].map(([id, device]) => {
    const state = join(cwd, id);
    mkdirSync(state);
    const onLearned = (): void => void learned.add(id);
    return runAgent({ device, broker: broker.url, state, updateKeys: [signer.publicKey], onLearned }, stop.signal);
  });
  onTestFinished(async () => {
    stop.abort();
    await Promise.all([trainer, ...agents]);
    await broker.close();
    rmSync(cwd, { recursive: true });
  });
  await vi.waitFor(() => expect(learned.size).toBe(names.length), patience);
  const rollout = async (...args: string[]): Promise<Rollout> => {
    const { code, out, err } = await runOhmwork(["rollout", ...args, "--at", url, "--token-file", tokenFile, "--json"], { cwd });
    expect(code, err).toBe(0);
    return (JSON.parse(out) as { rollout: Rollout }).rollout;
  };
  return { cwd, url, devices, rollout };
}

describe("a rollout to three agents", () => {
  it("stops when one of them rolls back, sends nothing to the next, and brings back what was there", async (context) => {
    const { cwd, url, devices, rollout } = await fixture();
    const show = async (id: string): Promise<Rollout> => (await (await fetch(`${url}/v1/rollouts/${id}`)).json()) as Rollout;
    const ends = (id: string, phase: Rollout["phase"]): Promise<Rollout> =>
      vi.waitFor(async () => {
        const shown = await show(id);
        expect(shown.phase).toBe(phase);
        return shown;
      }, patience);
    const valuesOf = async (device: string): Promise<number[]> => [...(await devices.get(device)!.system.parameters()).values];

    // What they learned in place is given up for one set for all of them.
    writeFileSync(join(cwd, "first.json"), "[0.5, 0.25]");
    const evidence = ["--evidence-samples", "120", "--evidence-score", "0.01"];
    await rollout(
      "start",
      "--id",
      "first",
      "--group",
      "all",
      "--set",
      "first.json",
      "--waves",
      "1,50%",
      "--discard-local",
      ...evidence,
    );
    const first = await ends("first", "done");
    expect(first.targets.map(({ device, wave, phase, version }) => [device, wave, phase, version])).toEqual([
      ["d1", 0, "good", 1],
      ["d2", 1, "good", 1],
      ["d3", 1, "good", 1],
    ]);
    expect(first.history[0]).toMatchObject({ by: "operator", what: "started" });
    for (const device of names) expect(await valuesOf(device)).toEqual([0.5, 0.25]);

    const ports = await hashOfPorts(devices.get("d1")!.system.ports);
    const keep = async (name: string, values: number[], parent: string): Promise<string> => {
      const common = { encoding: "volts", classes: [], ports, twins: {}, origin: "update", madeAt: 2 } as const;
      const { bytes } = await sealParameterSet({ ...common, values: Float32Array.from(values), parent });
      writeFileSync(join(cwd, name), bytes);
      return name;
    };
    const parentOf = (device: string): string => first.targets.find((target) => target.device === device)!.set;
    const good = await keep("good.set", [0.5, 0.25], parentOf("d1"));
    const bad = await keep("bad.set", [-1, -1], parentOf("d2"));
    await rollout("start", "--id", "warm-up", "--devices", "d1", "--set", good);
    const { targets: warm } = await ends("warm-up", "done");
    await rollout("start", "--id", "second", "--devices", "d2,d3", "--set", bad, "--waves", "1", "--errors", "0");
    const second = await ends("second", "stopped");
    expect(second.targets).toMatchObject([
      { device: "d2", phase: "failed", version: 2, reason: "worse" },
      { device: "d3", phase: "waiting" },
    ]);
    expect(second.targets[1]?.version).toBeUndefined();
    expect(second.history.at(-1)).toMatchObject({ by: "trainer", what: "stopped", detail: "1 of 1 devices of wave 1 failed" });
    for (const device of names) expect(await valuesOf(device)).toEqual([0.5, 0.25]);

    const exported = ["set", "export", warm[0]!.set, "--at", url, "--out", "copy.set", "--json"];
    expect(await runOhmwork(["fleet", ...exported], { cwd })).toMatchObject({ code: 0 });
    const { out } = await runOhmwork(["fleet", "set", "show", "copy.set", "--json"], { cwd });
    expect(JSON.parse(out)).toMatchObject({ id: warm[0]!.set, set: { values: [0.5, 0.25], parent: parentOf("d1") } });

    const before = warm[0]!;
    expect(before.previous).toBe(parentOf("d1"));
    await rollout("rollback", "warm-up", "--why", "noise at night");
    expect((await ends("warm-up", "returned")).targets).toMatchObject([{ device: "d1", phase: "returned", version: 3 }]);
    const fault = "one of three agents is sent a set that makes it worse; the next wave is sent nothing";
    recordGuarantee(context, { guarantee: "P9", fault, count: 1 });
  }, 60_000);
});
