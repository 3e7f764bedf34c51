import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Device, runAgent } from "@ohmwork/agent";
import { loadCredentials, lockFolder, startEmbeddedBroker } from "@ohmwork/runtime";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createSumDevice } from "../fleet/sum-device.ts";
import { type Finished, finished, hasSaid, runOhmwork, startOhmwork } from "./run-ohmwork.ts";

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "ohmwork-send-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

type FleetFile = { updateKey: string; members: { role: string; id: string; password: string }[] };
type Sent = { devices: { device: string; version: number; set: string; state: string; reason?: string }[] };

/** A fleet made by the command line, a broker that holds to it, and an agent in it that learns nothing by itself. */
async function fixture(): Promise<{
  cwd: string;
  run: (...args: string[]) => Promise<Finished>;
  values: () => Promise<number[]>;
}> {
  const cwd = temporaryFolder();
  const run = (...args: string[]): Promise<Finished> => runOhmwork(["fleet", ...args], { cwd });
  for (const args of [
    ["init", "home"],
    ["add", "d1"],
    ["add", "desk", "--as", "trainer"],
  ]) {
    expect(await run(...args)).toMatchObject({ code: 0 });
  }
  const { members, updateKey } = JSON.parse(readFileSync(join(cwd, "ohmwork-fleet/fleet.json"), "utf8")) as FleetFile;
  const broker = await startEmbeddedBroker({
    port: 0,
    members: members.map(({ role, id, password }) =>
      role === "device"
        ? { who: { role: "agent", fleet: "home", device: id }, id, password }
        : { who: { role: "trainer", fleet: "home", trainer: id }, id, password },
    ),
  });
  const file = join(cwd, "ohmwork-fleet/fleet.json");
  writeFileSync(file, readFileSync(file, "utf8").replace("mqtt://127.0.0.1:1883", broker.url));
  const stop = new AbortController();
  const { system, task, id, systemName } = createSumDevice();
  const device: Device = { fleet: "home", id, system, task, systemName, groups: ["all"] };
  mkdirSync(join(cwd, "d1"));
  const agent = runAgent(
    {
      device,
      broker: broker.url,
      state: join(cwd, "d1"),
      credentials: loadCredentials(join(cwd, "device.d1.yaml")),
      updateKeys: [new Uint8Array(Buffer.from(updateKey, "hex"))],
    },
    stop.signal,
  );
  onTestFinished(async () => {
    stop.abort();
    await agent;
    await broker.close();
  });
  return { cwd, run, values: async () => [...(await system.parameters()).values] };
}

describe("ohmwork fleet send", () => {
  it("signs, sends and says what became of it, with an exit code that says so too", async () => {
    const { cwd, run, values } = await fixture();
    writeFileSync(join(cwd, "good.json"), '{ "values": [0.5, 0.25] }');
    writeFileSync(join(cwd, "bad.json"), "[-1, -1]");
    const send = async (code: number, ...args: string[]): Promise<Sent & { err: string }> => {
      const sent = await run("send", ...args, "--credentials", "trainer.desk.yaml", "--json");
      expect(sent.code, sent.err).toBe(code);
      return { ...(JSON.parse(sent.out) as Sent), err: sent.err };
    };
    const { devices } = await send(0, "d1", "--set", "good.json");
    expect(devices).toMatchObject([{ device: "d1", version: 1, state: "good" }]);
    expect(await values()).toEqual([0.5, 0.25]);
    const bad = await send(1, "--group", "all", "--set", "bad.json");
    expect(bad.devices).toMatchObject([{ device: "d1", version: 2, state: "rolled-back", reason: "worse" }]);
    expect(bad.err).toContain("Without the update: d1");
    expect(await values()).toEqual([0.5, 0.25]);
    const pem = readFileSync(join(cwd, "ohmwork-fleet/update-key.pem"), "utf8").split("\n")[1] as string;
    expect(bad.err).not.toContain(pem);
    const unproved = await run("send", "d1", "--set", "good.json");
    expect(unproved).toMatchObject({ code: 2, err: expect.stringMatching(/^Option --credentials is missing: /m) });
    const other = await run("send", "d1", "--set", "good.json", "--credentials", "device.d1.yaml");
    expect(other).toMatchObject({ code: 2, err: expect.stringMatching(/^device\.d1\.yaml: Is of device\.d1, /m) });
    const nobody = await run("send", "d9", "--set", "bad.json", "--credentials", "trainer.desk.yaml");
    expect([nobody.code, nobody.err]).toEqual([
      2,
      expect.stringMatching(/^The broker has never heard of device d9 of fleet home$/m),
    ]);
  }, 120_000);
});

describe("ohmwork fleet", () => {
  it("is one command at a time, and loses nobody to another one", async () => {
    const cwd = temporaryFolder();
    const run = (...args: string[]): Promise<Finished> => runOhmwork(["fleet", ...args], { cwd });
    expect((await run("init", "home")).code).toBe(0);
    const all = ["a", "b"];
    const codes = await Promise.all(all.map(async (id) => (await run("add", id)).code));
    const { out } = await run("list", "--json");
    const members = (JSON.parse(out) as { members: { id: string }[] }).members.map(({ id }) => id);
    expect(members.toSorted()).toEqual(all.filter((_, i) => codes[i] === 0));
    expect(codes).toContain(0);
    using _ = lockFolder(join(cwd, "ohmwork-fleet"));
    expect(await run("add", "d")).toMatchObject({ code: 1, err: expect.stringMatching(/Another process uses ohmwork-fleet/) });
  }, 60_000);
});

describe("ohmwork rollout start", () => {
  it("takes no devices beside a plan, which names its own", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "plan.yaml"), "targets: { group: all, set: none }\n");
    const both = await runOhmwork(["rollout", "start", "--devices", "d1", "--plan", "plan.yaml"], { cwd });
    expect(both).toMatchObject({ code: 2, err: expect.stringMatching(/^Expected --devices or --group only with --set: /) });
  });
});

describe("ohmwork trainer", () => {
  it("keeps its key for itself, and makes a file of tokens", async () => {
    const cwd = temporaryFolder();
    expect((await runOhmwork(["fleet", "init", "home"], { cwd })).code).toBe(0);
    await using broker = await startEmbeddedBroker({ port: 0 });
    const key = "ohmwork-fleet/update-key.pem";
    const args = ["trainer", "--fleet", "home", "--broker", broker.url, "--http", "0", "--signing-key", key, "--log", "debug"];
    const trainer = startOhmwork(args, { cwd });
    onTestFinished(() => void trainer.kill("SIGKILL"));
    const ended = finished(trainer);
    await hasSaid(trainer, "Listening to fleet home");
    const tokens = join(cwd, "ohmwork-state/http-tokens.yaml");
    const token = /^operator: (\S+)$/m.exec(await vi.waitFor(() => readFileSync(tokens, "utf8")))?.[1] as string;
    trainer.kill("SIGINT");
    const { code, out, err } = await ended;
    expect(code, err).toBe(0);
    const secret = readFileSync(join(cwd, key), "utf8").split("\n")[1] as string;
    for (const one of [token, secret]) expect(out + err).not.toContain(one);
    const nobody = await runOhmwork(["rollout", "list", "--at", "http://127.0.0.1:1"], { cwd });
    expect(nobody).toMatchObject({ code: 1, err: expect.stringMatching(/^No trainer answered at http:\/\/127.0.0.1:1/) });
  }, 60_000);
});
