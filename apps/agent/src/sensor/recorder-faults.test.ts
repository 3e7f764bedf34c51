import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFakeClock, recordGuarantee } from "@ohmwork/core/testing";
import { recordSound } from "@ohmwork/firmware-bridge";
import { createFakeBroker } from "@ohmwork/runtime/testing";
import { type Answer, decode } from "@ohmwork/wire";
import { describe, expect, it, onTestFinished } from "vitest";
import { createAgent } from "../agent.ts";
import { toneDevice, toneTeller } from "../testing/tone-sensor.ts";

/**
 * A recorder whose n-th start is the n-th act: quiet, a tone that the fault breaks off within, and the fault; without one, quiet after the
 * tone, and then nothing until it is killed. It gives sound as fast as it is taken.
 */
const recorder = `
import { appendFileSync, readFileSync } from "node:fs";
const folder = process.argv[2];
appendFileSync(folder + "/starts", "x");
const acts = JSON.parse(readFileSync(folder + "/acts.json", "utf8"));
const { fault, hertz } = acts[Math.min(readFileSync(folder + "/starts", "utf8").length, acts.length) - 1];
const quiet = 16000 / 2, tone = 6400, samples = quiet + tone + (fault === "" ? 16000 : 0);
const bytes = Buffer.alloc(2 * samples);
for (let i = 0; i < tone; i += 1) bytes.writeInt16LE(Math.round(10000 * Math.sin((2 * Math.PI * hertz * i) / 16000)), 2 * (quiet + i));
process.stdout.write(bytes, () => {
  if (fault === "killed") process.kill(process.pid, "SIGKILL");
  else if (fault === "vanished") { process.stderr.write("arecord: pcm_read:2221: read error: No such device\\n"); process.exit(1); }
  else if (fault === "rate") { process.stderr.write("Warning: rate is not accurate (requested = 16000Hz, got = 48000Hz)\\n"); setTimeout(() => undefined, 60000); }
  else setTimeout(() => undefined, 60000);
});
`;

describe("a sensor whose recorder fails", () => {
  it("answers no sound that was broken off, and every whole one, whatever comes between", async (context) => {
    const folder = mkdtempSync(join(tmpdir(), "ohmwork-recorder-"));
    onTestFinished(() => rmSync(folder, { recursive: true, maxRetries: 3 }));
    writeFileSync(join(folder, "recorder.mjs"), recorder);
    appendFileSync(join(folder, "starts"), "");
    const acts = [
      { fault: "killed", hertz: 300 },
      { fault: "", hertz: 2500 },
      { fault: "vanished", hertz: 300 },
      { fault: "rate", hertz: 300 },
      { fault: "", hertz: 2500 },
    ];
    writeFileSync(join(folder, "acts.json"), JSON.stringify(acts));
    const timing = { stallSeconds: 0.5, retrySeconds: 0.02, longestRetrySeconds: 0.1 };
    const command = [process.execPath, join(folder, "recorder.mjs"), folder];
    await using source = recordSound({ command, timing });

    const broker = createFakeBroker();
    const observer = broker.connect();
    const answers: Answer[] = [];
    const stop = new AbortController();
    await observer.subscribe("ohmwork/v1/home/d1/answer", (_, payload) => {
      const answer = decode("answer", payload);
      if (answer.ok) answers.push(answer.value);
      if (answers.length === 2) stop.abort();
    });
    const agent = createAgent({
      device: toneDevice(toneTeller()),
      boot: "b1",
      connection: broker.connect(),
      clock: createFakeClock(1000),
    });
    await agent.start();
    const counts = await agent.hear(source, stop.signal);
    expect(answers.map(({ label }) => label)).toEqual(["high", "high"]);
    // The first recorder without a fault gives nothing more after its sound, and is found to have stalled.
    expect(counts.gaps).toEqual({ ended: 1, stalled: 1, vanished: 1, "wrong-rate": 1 });
    expect(counts.unheard.brokenOff).toBe(3);
    expect(readFileSync(join(folder, "starts"), "utf8")).toBe("xxxxx");
    recordGuarantee(context, {
      guarantee: "P20",
      fault: "recorder killed, stalled, pulled out or at a wrong rate under a sensor",
      count: 4,
    });
  }, 60_000);
});
