import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectMqtt, startEmbeddedBroker } from "@ohmwork/runtime";
import { type Birth, decode } from "@ohmwork/wire";
import { describe, expect, it, onTestFinished } from "vitest";
import { finished, hasSaid, runOhmwork, startOhmwork } from "./run-ohmwork.ts";

const key = "0123456789abcdef".repeat(4);

function configOf(broker: string, ...lines: string[]): { cwd: string } {
  const cwd = mkdtempSync(join(tmpdir(), "ohmwork-driven-"));
  const all = ["fleet: home", "device: d1", `broker: ${broker}`, "port: simulated", "seed: 1", `updateKeys: [${key}]`, ...lines];
  writeFileSync(join(cwd, "device.yaml"), `${all.join("\n")}\n`);
  return { cwd };
}

describe("ohmwork agent with a system that trainers drive", () => {
  it("announces it, and stays until the signal", async () => {
    await using broker = await startEmbeddedBroker({ port: 0 });
    const agent = startOhmwork(["agent", "device.yaml", "--json"], configOf(broker.url, "system: rlc", "task: digits"));
    onTestFinished(() => void agent.kill("SIGKILL"));
    const ended = finished(agent);
    await hasSaid(agent, "home/d1: rlc; staying on the broker");
    await using connection = connectMqtt(broker.url, { clientId: "test" });
    const born = Promise.withResolvers<Birth>();
    await connection.subscribe("ohmwork/v1/home/d1/birth", (_, payload) => {
      const birth = decode("birth", payload);
      if (birth.ok) born.resolve(birth.value);
    });
    expect(await born.promise).toMatchObject({
      system: "rlc",
      rule: "none",
      capabilities: ["update", "respond"],
      stages: [{ name: "voltages", width: 784, twin: expect.stringMatching(/^[0-9a-f]{64}$/) }],
    });
    agent.kill("SIGINT");
    const { code, out } = await ended;
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ schema: "ohmwork.agent/1", system: "rlc", part: "circuit", outbox: { depth: 0 } });
  }, 60_000);

  it("announces an ear as one device with two stages", async () => {
    await using broker = await startEmbeddedBroker({ port: 0 });
    const lines = ["system: ear-8", "task: vowel-clips", "tolerance: 0.1"];
    const agent = startOhmwork(["agent", "device.yaml", "--json"], configOf(broker.url, ...lines));
    onTestFinished(() => void agent.kill("SIGKILL"));
    const ended = finished(agent);
    await hasSaid(agent, "home/d1: ear-8; staying on the broker");
    await using connection = connectMqtt(broker.url, { clientId: "test" });
    const born = Promise.withResolvers<Birth>();
    await connection.subscribe("ohmwork/v1/home/d1/birth", (_, payload) => {
      const birth = decode("birth", payload);
      if (birth.ok) born.resolve(birth.value);
    });
    const twin = expect.stringMatching(/^[0-9a-f]{64}$/) as unknown;
    expect((await born.promise).stages).toEqual([
      { name: "envelopes", width: 24, twin },
      { name: "scores", width: 10, twin },
    ]);
    agent.kill("SIGINT");
    const { code, out } = await ended;
    expect({ code, ...(JSON.parse(out) as object) }).toMatchObject({ code: 0, system: "ear-8", part: "bank+mixer" });
  }, 60_000);

  it.each<[string[], RegExp, string[]]>([
    [
      ["system: pendulums", "task: digits"],
      /^device\.yaml: System pendulums has several devices: expected one of first, second$/,
      [],
    ],
    [["system: rlc", "task: digit"], /^device\.yaml: Unknown task "digit", did you mean "digits"\?$/, []],
    [["system: rlc", "task: digits"], /^--exit: A device that does not learn has no end to wait for$/, ["--exit"]],
  ])("refuses %j in one line", async (lines, message, more) => {
    const { code, err } = await runOhmwork(["agent", "device.yaml", ...more], configOf("mqtt://127.0.0.1:1", ...lines));
    expect(code).toBe(2);
    expect(err.trimEnd()).toMatch(message);
  });
});
