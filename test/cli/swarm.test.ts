import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Seconds } from "@ohmwork/core";
import { startEmbeddedBroker } from "@ohmwork/runtime";
import { openStore, runTrainer } from "@ohmwork/trainer";
import { describe, expect, it, onTestFinished } from "vitest";
import { finished, hasSaid, runOhmwork, startOhmwork } from "./run-ohmwork.ts";

describe("ohmwork swarm", () => {
  it("has all its samples acknowledged by a trainer, and leaves at Ctrl-C", async () => {
    const cwd = mkdtempSync(join(tmpdir(), "ohmwork-swarm-"));
    onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
    const file = join(cwd, "trainer.sqlite");
    await using broker = await startEmbeddedBroker({ port: 0 });
    const stop = new AbortController();
    const trainer = runTrainer({ fleet: "home", broker: broker.url, file, connectSeconds: Seconds(60) }, stop.signal);
    const args = ["swarm", "--devices", "20", "--broker", broker.url, "--fleet", "home", "--samples-per-second", "3", "--json"];
    const swarm = startOhmwork(args, { cwd });
    onTestFinished(() => void swarm.kill("SIGKILL"));
    const ended = finished(swarm);
    await hasSaid(swarm, "20 of 20 connected");
    swarm.kill("SIGINT");
    const { code, out } = await ended;
    expect(code).toBe(0);
    const said = JSON.parse(out) as { measured: number };
    expect(said).toMatchObject({ schema: "ohmwork.swarm/1", devices: 20, mostConnected: 20, waiting: 0, dropped: 0 });
    expect(said.measured).toBeGreaterThan(0);
    expect(said).toMatchObject({ acknowledged: said.measured });
    stop.abort();
    const { summary } = await trainer;
    expect(summary.samples).toBe(said.measured);
    await using store = await openStore(file);
    const devices = await store.devices("home");
    expect(devices.map(({ online }) => online)).toEqual(Array.from({ length: 20 }, () => false));
  }, 60_000);

  it.each([
    [["--devices", "5", "--broker", "mqtt://192.0.2.1"], /connects to a broker on loopback only/],
    [["--devices", "5001", "--broker", "mqtt://127.0.0.1:1"], /"5001", expected a whole number from 1 to 5000/],
    [["--devices", "5000", "--broker", "mqtt://127.0.0.1:1", "--samples-per-second", "5"], /up to 20000 samples a second/],
    [["--devices", "5", "--broker", "mqtt://127.0.0.1:1", "--update-key", "00"], /expected 64 hexadecimal digits/],
  ])("refuses %j in one line", async (args, message) => {
    const { code, out, err } = await runOhmwork(["swarm", ...args]);
    expect({ code, out, lines: err.trimEnd().split("\n").length }).toEqual({ code: 2, out: "", lines: 1 });
    expect(err).toMatch(message);
  });
});
