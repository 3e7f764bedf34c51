import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectMqtt, startEmbeddedBroker } from "@ohmwork/runtime";
import { encodeWav, syntheticVowels } from "@ohmwork/tasks";
import { type Answer, decode } from "@ohmwork/wire";
import { describe, expect, it, onTestFinished } from "vitest";
import { finished, hasSaid, runOhmwork, startOhmwork } from "./run-ohmwork.ts";

const vowels = ["ae", "iy"];

/** A folder with a config of an ear with eight channels, and what a test puts beside it. */
function sensor(microphone: string, ...lines: string[]): { cwd: string } {
  const cwd = mkdtempSync(join(tmpdir(), "ohmwork-sensor-"));
  onTestFinished(() => rmSync(cwd, { recursive: true, maxRetries: 3 }));
  const all = ["fleet: home", "device: ear-1", "broker: mqtt://127.0.0.1:1", "system: ear-8", "port: simulated", "seed: 1"];
  writeFileSync(
    join(cwd, "ear.yaml"),
    `${[...all, `microphone: ${microphone}`, `classes: [${vowels.join(", ")}]`, ...lines].join("\n")}\n`,
  );
  return { cwd };
}

/** Vowels of so many people; each class in a folder of its own, or all in one. */
function sayInto(folder: string, seed: number, speakers: number, isSorted: boolean): void {
  for (const [i, { vowel, sound }] of syntheticVowels({ seed, vowels, speakers }).entries()) {
    const own = isSorted ? join(folder, vowel) : folder;
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, `${String(i).padStart(3, "0")}-${vowel}.wav`), encodeWav(sound));
  }
}

const resultOf = (out: string): Record<string, unknown> => JSON.parse(out) as Record<string, unknown>;

describe("ohmwork sensor", () => {
  it("learns from a folder, and answers to people it never heard, over MQTT", async () => {
    const options = sensor("{files: others}");
    sayInto(join(options.cwd, "known"), 1, 3, true);
    sayInto(join(options.cwd, "others"), 2, 2, false);
    const learned = await runOhmwork(["sensor", "learn", "ear.yaml", "--from", "known", "--epochs", "12", "--json"], options);
    expect(learned.code).toBe(0);
    expect(resultOf(learned.out)).toMatchObject({ schema: "ohmwork.sensor-learn/1", rule: "readout", sounds: { ae: 6, iy: 6 } });

    await using broker = await startEmbeddedBroker({ port: 0 });
    await using connection = connectMqtt(broker.url, { clientId: "test" });
    const answers: Answer[] = [];
    await connection.subscribe("ohmwork/v1/home/ear-1/answer", (_, payload) => {
      const answer = decode("answer", payload);
      if (answer.ok) answers.push(answer.value);
    });
    const config = `fleet: home\ndevice: ear-1\nbroker: ${broker.url}\nsystem: ear-8\nport: simulated\nseed: 1\n`;
    writeFileSync(join(options.cwd, "online.yaml"), `${config}microphone: {files: others}\nclasses: [ae, iy]\nthreshold: 0\n`);
    const run = await runOhmwork(["sensor", "run", "online.yaml", "--exit", "--json"], options);
    expect(run.code).toBe(0);
    expect(resultOf(run.out)).toMatchObject({ schema: "ohmwork.sensor/1", heard: { answers: 8, unknown: 0, gaps: {} } });
    const spoken = readdirSync(join(options.cwd, "others"))
      .toSorted()
      .map((name) => name.slice(4, 6));
    const right = run.err.split("\n").flatMap((line) => /^(ae|iy) .*-(ae|iy)\.wav/.exec(line)?.slice(1, 3).join() ?? []);
    expect(right).toHaveLength(spoken.length);
    expect(right.filter((pair) => pair === "ae,ae" || pair === "iy,iy").length).toBeGreaterThanOrEqual(7);
    await expect.poll(() => answers.length).toBeGreaterThan(0);
    expect(answers.at(-1)?.evidence?.id).toMatch(/^[0-9a-f]{16}-\d+$/);
    const evidence = readdirSync(join(options.cwd, "ohmwork-state", "home.ear-1", "evidence"));
    expect(evidence.filter((name) => name.endsWith(".wav"))).toHaveLength(8);
  }, 120_000);

  it("walks a person through a word and what is not the word, keeps what was said, and learns it", async () => {
    const options = sensor("virtual");
    const { code, out, err } = await runOhmwork(
      ["sensor", "learn", "ear.yaml", "iy", "--times", "2", "--epochs", "3", "--json"],
      options,
    );
    expect(code).toBe(0);
    expect(err).toContain('Say "iy" (1 of 2)');
    expect(err).toContain('Say "ae" (2 of 2)');
    expect(resultOf(out)).toMatchObject({ sounds: { ae: 2, iy: 2 }, evaluations: 28 });
    expect(readdirSync(join(options.cwd, "clips", "iy"))).toEqual(["0001.wav", "0002.wav"]);
  }, 60_000);

  it("records sounds of a class until it has so many", async () => {
    const options = sensor("virtual");
    const { code, out } = await runOhmwork(["sensor", "record", "ear.yaml", "ae", "--count", "2", "--json"], options);
    expect(code).toBe(0);
    const { files } = resultOf(out) as { files: string[] };
    expect(files).toHaveLength(2);
    for (const file of files) expect(existsSync(join(options.cwd, file))).toBe(true);
  }, 60_000);

  it("calibrates: every channel as drawn without errors of its parts, and none where they are far off", async () => {
    const fine = await runOhmwork(["sensor", "calibrate", "ear.yaml", "--json"], sensor("virtual", "gapScale: 0"));
    expect(fine.code).toBe(0);
    expect(resultOf(fine.out)).toMatchObject({ schema: "ohmwork.sensor-calibrate/1", off: [] });
    const off = await runOhmwork(["sensor", "calibrate", "ear.yaml"], sensor("virtual", "gapScale: 4"));
    expect(off.code).toBe(1);
    expect(off.err).toMatch(/^Not as drawn: channel \d/);
    expect(off.out).toContain("off in ");
  }, 60_000);

  it("listens with plain lines where there is no terminal, and keeps and sends nothing", async () => {
    const options = sensor("{files: others}");
    sayInto(join(options.cwd, "others"), 2, 1, false);
    const { code, out, err } = await runOhmwork(["sensor", "listen", "ear.yaml"], options);
    expect(code).toBe(0);
    expect(out).toMatch(/^4 answers/);
    expect(err).toContain("has not learned anything yet");
    expect(err.split("\n").filter((line) => line.includes("dBFS"))).toHaveLength(4);
    expect(err).not.toContain("\u001b");
    expect(existsSync(join(options.cwd, "ohmwork-state", "home.ear-1", "evidence"))).toBe(false);
  }, 60_000);

  it("is not taught while an agent runs it", async () => {
    const options = sensor("virtual");
    mkdirSync(join(options.cwd, "known"));
    sayInto(join(options.cwd, "known"), 1, 1, true);
    const agent = startOhmwork(["agent", "ear.yaml"], options);
    onTestFinished(() => void agent.kill("SIGKILL"));
    const ended = finished(agent);
    await hasSaid(agent, "hears virtual microphone");
    const { code, err } = await runOhmwork(["sensor", "learn", "ear.yaml", "--from", "known"], options);
    expect(code).toBe(1);
    expect(err.trim().split("\n")).toHaveLength(1);
    agent.kill("SIGINT");
    expect((await ended).code).toBe(0);
  }, 60_000);

  it.each<[string[], string, RegExp]>([
    [["record", "ear.yaml", "uw"], "virtual", /^"uw" is not a class of ear\.yaml, expected one of ae, iy$/],
    [["learn", "ear.yaml", "ae", "--from", "x"], "virtual", /^Word "ae" is only said, and --from asks nobody$/],
    [
      ["learn", "ear.yaml", "--from", "x"],
      "virtual",
      /^x.ae holds no \.wav file with a sound, expected some for the class "ae"$/,
    ],
    [["listen", "ear.yaml"], "{files: nowhere}", /nowhere is not there, expected a WAV file or a folder of them$/],
    [["run", "ear.yaml"], "loud", /^ear\.yaml:7: Key "microphone": expected virtual, \{arecord: device\} or \{files: folder\}$/],
  ])("refuses %j with microphone %s in one line", async (args, microphone, message) => {
    const { code, err } = await runOhmwork(["sensor", ...args], sensor(microphone));
    expect(code).toBe(2);
    expect(err.trimEnd()).toMatch(message);
  });
});
