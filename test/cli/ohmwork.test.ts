import { mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Seconds } from "@ohmwork/core";
import { connectMqtt, startEmbeddedBroker } from "@ohmwork/runtime";
import { describe, expect, it, onTestFinished } from "vitest";
import { finished, hasSaid, runOhmwork, startOhmwork } from "./run-ohmwork.ts";

const folder = mkdtempSync(join(tmpdir(), "ohmwork-cli-"));

function fileWith(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const divider = {
  nodes: ["top", "middle", "bottom"],
  edges: [
    { name: "upper", from: "top", to: "middle", law: "resistor", resistanceOhms: 1000 },
    { name: "lower", from: "middle", to: "bottom", law: "resistor", resistanceOhms: 3000 },
  ],
  fixedVolts: { top: 4, bottom: 0 },
};
const network = (change: Partial<Record<keyof typeof divider, unknown>> = {}): string =>
  fileWith(`network-${Math.abs(JSON.stringify(change).length)}.json`, JSON.stringify({ ...divider, ...change }));

describe("bad input is one line on standard error, nothing on standard output, and exit code 2", () => {
  const edge = divider.edges[0];
  const trainer = ["trainer", "--broker", "mqtt://127.0.0.1:1", "--fleet", "home", "--state", folder];
  const cases: Record<string, [args: () => string[], message: RegExp]> = {
    "an unknown command": [() => ["lern"], /did you mean learn/],
    "no task": [() => ["learn"], /name a task/],
    "an unknown task": [() => ["learn", "irsi"], /did you mean "iris"/],
    "an unknown option": [() => ["learn", "iris", "--sed", "1"], /--sed .*did you mean --seed/],
    "an option with one dash": [() => ["learn", "iris", "-seed=7"], /Unknown option -seed=7/],
    "a value for a switch": [() => ["learn", "iris", "--json=maybe"], /--json .*takes no value/],
    "an option without its value": [() => ["learn", "iris", "--seed"], /--seed .*needs a value/],
    "a word too many": [() => ["learn", "iris", "xor"], /"xor"/],
    "a seed that is no number": [() => ["learn", "iris", "--seed", "one"], /--seed is "one", expected a whole number/],
    "steps of 0": [() => ["learn", "iris", "--steps", "0"], /--steps is "0", expected a whole number of 1 or more/],
    "an offset that is no number": [() => ["learn", "iris", "--comparator-offset", "10mV"], /--comparator-offset is "10mV"/],
    "an unknown rule": [() => ["learn", "iris", "--rule", "sgin"], /did you mean "sign"/],
    "an unknown edge": [() => ["learn", "iris", "--cut", "x0-h9"], /x0-h9.*did you mean "x0-h0"/],
    "an unknown board": [() => ["learn", "iris", "--board", "mars"], /Unknown board "mars"/],
    "a table that is not there": [() => ["learn", "--data", join(folder, "none.csv")], /none\.csv: No such file/],
    "a folder as a table": [() => ["learn", "--data", folder], /Is a folder/],
    "a table with a missing value": [
      () => ["learn", "--data", fileWith("missing.csv", "a,b,c\n1,2,x\n1,,y\n")],
      /missing\.csv:3: .*b/,
    ],
    "a table with text among numbers": [
      () => ["learn", "--data", fileWith("text.csv", "1,2,x\n1,two,y\n3,4,x\n3,4,y\n")],
      /text\.csv:2: .*two/,
    ],
    "a table with one class": [() => ["learn", "--data", fileWith("one.csv", "1,2,x\n3,4,x\n")], /one\.csv.*class/i],
    "a table of nothing": [() => ["learn", "--data", fileWith("empty.csv", "")], /empty\.csv/],
    "malformed JSON": [() => ["solve", fileWith("malformed.json", '{"nodes": [}')], /malformed\.json:1:12/],
    "an unknown law": [() => ["solve", network({ edges: [{ ...edge, law: "resistr" }] })], /did you mean "resistor"/],
    "a negative resistance": [
      () => ["solve", network({ edges: [{ ...edge, resistanceOhms: -5 }] })],
      /resistanceOhms.*above 0: -5/,
    ],
    "a missing node": [() => ["solve", network({ edges: [{ ...edge, to: "nowhere" }] })], /No node "nowhere"/],
    "a floating node": [() => ["solve", network({ edges: [edge], fixedVolts: { top: 1 } })], /"bottom" has no path/],
    "no network file": [() => ["solve"], /NETWORK/],
    "a device config with a wrong key": [
      () => [
        "agent",
        fileWith("device.yaml", "fleet: home\ndevice: d1\nbroker: mqtt://127.0.0.1:1\nrecpie: iris\nport: simulated\nseed: 1\n"),
      ],
      /device\.yaml:4: Unknown key "recpie", did you mean "recipe"\?/,
    ],
    "a fleet whose name is no id": [
      () => ["trainer", "--broker", "mqtt://127.0.0.1:1", "--fleet", "Bad Fleet"],
      /--fleet is "Bad Fleet"/,
    ],
    "a broker that is no address": [
      () => ["trainer", "--broker", "nowhere", "--fleet", "home", "--state", folder],
      /"nowhere" is not an MQTT address/,
    ],
    "a state folder that is a file": [
      () => ["trainer", "--broker", "mqtt://127.0.0.1:1", "--fleet", "home", "--state", fileWith("state-file", "")],
      /Is a file, expected a folder/,
    ],
    "a trainer's port that is none": [() => [...trainer, "--http", "70000"], /--http is "70000", expected a whole number/],
    "a time to keep that is none": [() => [...trainer, "--keep-days", "0"], /--keep-days is "0"/],
    "a level of logs that there is not": [() => [...trainer, "--log", "loud"], /--log is "loud", expected debug, info/],
    "a database that is no address": [() => [...trainer, "--store", "here.sqlite"], /--store is no address of a database/],
    "a database with a password": [
      () => [...trainer, "--store", "postgres://me:hunter2@127.0.0.1:1/fleet"],
      /^(?!.*hunter2).*--store holds a password/,
    ],
    "a database with a password among its options": [
      () => [...trainer, "--store", "postgres://127.0.0.1:1/fleet?password=hunter2"],
      /^(?!.*hunter2).*--store holds a password/,
    ],
    "a trainer without a broker": [() => ["trainer", "--fleet", "home"], /--broker/],
  };
  for (const [what, [args, message]] of Object.entries(cases)) {
    it(what, async () => {
      const { code, out, err } = await runOhmwork([...args()]);
      expect({ code, out }).toEqual({ code: 2, out: "" });
      expect(err.trimEnd().split("\n")).toHaveLength(1);
      expect(err).toMatch(message);
    });
  }
});

describe("ohmwork learn --json", () => {
  it("prints one line with every promised key, and progress elsewhere", async () => {
    const { code, out, err } = await runOhmwork(["learn", "iris", "--seed", "2", "--json"]);
    expect(code).toBe(0);
    expect(out.split("\n")).toHaveLength(2);
    const result = JSON.parse(out) as Record<string, unknown>;
    expect(result).toMatchObject({
      task: "iris",
      system: "bench-16-ad5220",
      rule: "tick-probability",
      seed: 2,
      edges: 16,
      steps: 6000,
    });
    for (const key of ["schema", "version"]) expect(result[key]).toEqual(expect.any(String));
    for (const key of ["trainAccuracy", "testAccuracy", "untrainedAccuracy"]) {
      expect(result[key]).toBeGreaterThanOrEqual(0);
      expect(result[key]).toBeLessThanOrEqual(1);
    }
    expect(result["powerWatts"]).toBeGreaterThan(1e-5);
    expect(result["seconds"]).toBeGreaterThan(0);
    expect(Object.keys(result["baselines"] as object).toSorted()).toEqual([
      "logisticRegression",
      "majorityClass",
      "nearestClassMean",
      "nonNegativeLeastSquares",
    ]);
    expect(err).toContain("100 %");
  });

  it("gives the same result for the same seed, but for the time it took", async () => {
    const runs = await Promise.all([1, 2].map(() => runOhmwork(["learn", "xor", "--seed", "9", "--json"])));
    const [first, second] = runs.map(({ out }): Record<string, unknown> => ({ ...(JSON.parse(out) as object), seconds: 0 }));
    expect(second).toEqual(first);
    expect(first?.["mse"]).toBeLessThan(1e-8);
  });

  it("learns a user's own table", async () => {
    const rows = Array.from(
      { length: 40 },
      (_, i) => `${i % 10},${i % 2 === 0 ? 1 + (i % 3) : 8 + (i % 3)},${i % 2 === 0 ? "low" : "high"}`,
    );
    const { code, out } = await runOhmwork([
      "learn",
      "--data",
      fileWith("own.csv", `width,height,kind\n${rows.join("\n")}\n`),
      "--json",
    ]);
    expect(code).toBe(0);
    expect((JSON.parse(out) as Record<string, number>)["testAccuracy"]).toBeGreaterThan(0.9);
  });

  it("exits with 130 when it is interrupted", async () => {
    const child = startOhmwork(["learn", "iris", "--steps", "50000000", "--json"]);
    await hasSaid(child, "iris");
    child.kill("SIGINT");
    const { code, out } = await finished(child);
    expect({ code, out }).toEqual({ code: 130, out: "" });
  });
});

describe("ohmwork solve", () => {
  it("prints voltages, currents and power as one line of JSON", async () => {
    const { code, out } = await runOhmwork(["solve", network(), "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      nodes: { top: 4, middle: expect.closeTo(3, 12), bottom: 0 },
      edges: { upper: { currentAmperes: expect.closeTo(1e-3, 15), dropVolts: expect.closeTo(1, 12) } },
      powerWatts: expect.closeTo(4e-3, 15),
    });
  });

  it("prints a table for a person, and the netlist with --spice", async () => {
    expect((await runOhmwork(["solve", network()])).out).toMatch(/middle +3\.00 V[\s\S]*power in all +4\.00 mW/);
    expect((await runOhmwork(["solve", network(), "--spice"])).out).toMatch(/R0 top middle 1000[\s\S]*\.end\n$/);
  });
});

describe("ohmwork trainer", () => {
  it("shows what it does over HTTP and in lines of JSON when it is told to", async () => {
    await using broker = await startEmbeddedBroker({ port: 0 });
    const options = ["--http", "0", "--log", "info", "--keep-days", "3", "--home-assistant", "--state", join(folder, "shown")];
    const child = startOhmwork(["trainer", "--fleet", "home", "--broker", broker.url, "--json", ...options]);
    onTestFinished(() => void child.kill("SIGKILL"));
    let said = "";
    child.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString()));
    const ended = finished(child);
    await hasSaid(child, "Listening to fleet home");
    const address = /Shown at (\S+)/.exec(said)?.[1] ?? "";
    expect(new URL(address).hostname).toBe("127.0.0.1");
    expect(await (await fetch(`${address}/readyz`)).json()).toEqual({ ready: true, broker: true, store: true });
    await using device = connectMqtt(broker.url, { clientId: "a-device" });
    await device.whenConnected(Seconds(5));
    const status = new TextEncoder().encode(JSON.stringify({ v: 1, state: "online", boot: "b1" }));
    await device.publish("ohmwork/v1/home/ear-1/status", status, { qos: 1, retain: true });
    await hasSaid(child, "ear-1 is online");
    child.kill("SIGINT");
    const { code, out } = await ended;
    expect(code).toBe(0);
    const lines = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    expect(lines).toContainEqual(expect.objectContaining({ device: "ear-1", msg: "Device is online" }));
    expect(lines.at(-1)).toMatchObject({ schema: "ohmwork.trainer/1" });
  });
});

describe("ohmwork demo", () => {
  it("learns, stores every sample, retrains what cannot learn, leaves its state where it was told to, and exits with 0", async () => {
    const state = join(folder, "state");
    const { code, out } = await runOhmwork(["demo", "--exit", "--json", "--state", state]);
    expect(code).toBe(0);
    const result = JSON.parse(out) as Record<string, unknown>;
    expect(result["testAccuracy"]).toBeGreaterThan(0.9);
    expect(result["samplesStored"]).toBeGreaterThanOrEqual(75); // every test row, and some on the way
    expect(result["outbox"]).toMatchObject({ depth: 0 });
    const retrained = result["retrained"] as Readonly<Record<string, number>>;
    expect(retrained["accuracyAfter"]).toBeGreaterThan((retrained["accuracyBefore"] as number) + 0.05);
    expect(retrained).toMatchObject({ simulated: true, devices: ["ear-1"], rowsMeasured: 448 });
    expect(readdirSync(state)).toEqual(expect.arrayContaining(["trainer.sqlite", "ear-1"]));
  }, 180_000);

  it("exits with 130 when it is interrupted while learning", async () => {
    const child = startOhmwork(["demo", "--exit"]);
    await hasSaid(child, "learns iris");
    child.kill("SIGINT");
    expect((await finished(child)).code).toBe(130);
  });
});

it("ohmwork --help and --version answer on standard output", async () => {
  for (const args of [["--help"], ["learn", "--help"], ["--version"]]) {
    const { code, out, err } = await runOhmwork(args);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out.length).toBeGreaterThan(4);
  }
});
