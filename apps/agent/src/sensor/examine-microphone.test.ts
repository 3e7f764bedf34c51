import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { examineMicrophone } from "./examine-microphone.ts";

const devices = "card 1: Device [USB Audio Device], device 0: USB Audio [USB Audio]\n";

/** A recorder that lists one device, and gives samples of a value at once, or says something and ends. */
function recorder(value: number | string): { command: string[]; folder: string } {
  const folder = mkdtempSync(join(tmpdir(), "ohmwork-microphone-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const script = join(folder, "recorder.mjs");
  const acts =
    typeof value === "string"
      ? `process.stderr.write(${JSON.stringify(`${value}\n`)}); process.exitCode = 1;`
      : `const bytes = Buffer.alloc(64000); for (let i = 0; i < 32000; i += 1) bytes.writeInt16LE(i % 20 < 10 ? ${value} : ${-value}, 2 * i); process.stdout.write(bytes); setTimeout(() => undefined, 20000);`;
  writeFileSync(
    script,
    `if (process.argv.includes("-l")) { process.stdout.write(${JSON.stringify(devices)}); } else { ${acts} }\n`,
  );
  return { command: [process.execPath, script], folder };
}

const examine = (value: number | string): ReturnType<typeof examineMicrophone> =>
  examineMicrophone({ arecord: "plughw:CARD=Device,DEV=0" }, { command: recorder(value).command, seconds: 0.5 });

describe("examineMicrophone()", () => {
  it("tells how loud it is", async () => {
    expect(await examine(3277)).toEqual({
      what: "microphone",
      state: "good",
      found: expect.stringContaining("peak −20 dBFS, mean −20 dBFS"),
    });
  });
  it("finds a gain that is too high, and a microphone that is off", async () => {
    expect(await examine(32767)).toMatchObject({ state: "bad", todo: expect.stringContaining("down") });
    expect(await examine(0)).toMatchObject({ state: "bad", todo: expect.stringContaining("up") });
  });
  it("names the devices there are where a recorder is not installed or a file is not there", async () => {
    const none = await examineMicrophone({ arecord: "default" }, { command: ["/no/such/recorder"] });
    expect(none).toMatchObject({ state: "bad", found: expect.stringContaining("not installed") });
    expect(await examineMicrophone({ files: "no-such-folder" }, { folder: tmpdir() })).toMatchObject({ state: "bad" });
    expect(await examineMicrophone({ files: "." }, { folder: tmpdir() })).toMatchObject({ state: "good" });
    expect(await examineMicrophone("virtual", {})).toMatchObject({ state: "good" });
  });
});
