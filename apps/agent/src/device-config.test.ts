import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BadInputError } from "@ohmwork/core";
import { describe, expect, it } from "vitest";
import { loadDeviceConfig } from "./device-config.ts";

const good = ["fleet: home", "device: iris-1", "broker: mqtt://localhost:1883", "recipe: iris", "port: simulated", "seed: 1"];

/** The good config with one line changed or more lines behind it, in a file. */
function fileOf(changes: Readonly<Record<number, string>> = {}): string {
  const file = join(mkdtempSync(join(tmpdir(), "ohmwork-device-")), "device.yaml");
  const length = Math.max(good.length, ...Object.keys(changes).map((line) => Number(line)));
  const lines = Array.from({ length }, (_, i) => changes[i + 1] ?? good[i] ?? "");
  writeFileSync(file, `${lines.join("\n")}\n`);
  return file;
}

describe("loadDeviceConfig()", () => {
  it("reads every key, and lets a board take the place of the port", () => {
    expect(loadDeviceConfig(fileOf({ 7: "steps: 500", 8: "progressSeconds: 0.5" }))).toEqual({
      fleet: "home",
      device: "iris-1",
      broker: "mqtt://localhost:1883",
      recipe: "iris",
      port: "simulated",
      seed: 1,
      steps: 500,
      progressSeconds: 0.5,
    });
    expect(loadDeviceConfig(fileOf({ 5: "port: /dev/ttyACM0" }), "simulated").port).toBe("simulated");
  });
  it("reads a simulated system that a trainer drives", () => {
    const file = fileOf({ 4: "system: pendulums", 7: "task: digits", 8: "part: first", 9: "gapScale: 0.5" });
    expect(loadDeviceConfig(file)).toMatchObject({ system: "pendulums", task: "digits", part: "first", gapScale: 0.5 });
    const ear = fileOf({ 4: "system: ear-12", 7: "task: vowel-clips", 8: "tolerance: 0.1" });
    expect(loadDeviceConfig(ear)).toMatchObject({ system: "ear-12", task: "vowel-clips", tolerance: 0.1 });
  });
  it("reads a sensor", () => {
    const sound = { 4: "system: ear-12", 7: "microphone: {arecord: default}", 8: "classes: [ae, iy]", 9: "evidence: none" };
    expect(loadDeviceConfig(fileOf(sound))).toMatchObject({
      microphone: { arecord: "default" },
      classes: ["ae", "iy"],
      evidence: "none",
    });
    const more = { 9: "evidence: {mebibytes: 8, days: 1}", 10: "slots: 1", 11: "threshold: 0.7" };
    expect(loadDeviceConfig(fileOf({ ...sound, ...more }))).toMatchObject({ evidence: { mebibytes: 8 }, slots: 1 });
  });
  it.each([
    [{ 4: "recpie: iris" }, 4, 'Unknown key "recpie", did you mean "recipe"?'],
    [{ 2: "device: Iris 1" }, 2, 'Key "device": expected 1 to 36 of a-z, 0-9 and -'],
    [{ 2: "device: trainer" }, 2, 'Key "device": trainer is not a device id'],
    [{ 3: "broker: localhost" }, 3, 'Key "broker": expected an MQTT address such as mqtt://localhost:1883'],
    [{ 5: "port: usb" }, 5, 'Key "port": expected simulated, virtual or a serial port such as /dev/ttyACM0, received "usb"'],
    [{ 6: "seed: one" }, 6, 'Key "seed": expected number, received string'],
    [{ 1: "" }, 2, 'Missing key "fleet"'],
    [{ 4: "" }, 1, 'Key "recipe": expected it, or system in its place'],
    [{ 7: "system: plate" }, 7, 'Key "system": expected either it or recipe'],
    [{ 7: "gapScale: 1" }, 7, 'Key "gapScale": expected only with system'],
    [{ 4: "system: plate" }, 1, 'Key "task": expected with system: the task that its network is for'],
    [{ 4: "system: plate", 7: "task: digits", 8: "steps: 5" }, 8, 'Key "steps": expected only with recipe'],
    [{ 4: "system: plate", 5: "port: virtual", 7: "task: digits" }, 5, 'Key "port": expected simulated with system'],
    [{ 4: "system: ear-8", 7: "microphone: virtual" }, 1, 'Key "classes": expected with microphone'],
    [{ 4: "system: ear-8", 7: "task: vowel-clips", 8: "classes: [ae, iy]" }, 8, 'Key "classes": expected only with microphone'],
    [
      { 4: "system: ear-8", 7: "microphone: virtual", 8: "classes: [ae, iy]", 9: "task: vowel-clips" },
      9,
      'Key "task": expected only without microphone',
    ],
    [
      { 4: "system: ear-8", 7: "microphone: virtual", 8: "classes: [ae, unknown]" },
      8,
      'Key "classes": expected none of them to be unknown',
    ],
    [{ 4: "system: ear-8", 7: "microphone: {mic: a}", 8: "classes: [ae, iy]" }, 7, 'Key "microphone": expected virtual, '],
    [{ 7: "steps: 0" }, 7, 'Key "steps": Too small: expected number to be >=1'],
  ])("names the line of %j", (changes, line, message) => {
    const file = fileOf(changes);
    expect(() => loadDeviceConfig(file)).toThrow(BadInputError);
    expect(() => loadDeviceConfig(file)).toThrow(`${file}:${line}: ${message}`);
  });
  it("names --board when that is what cannot be used", () => {
    expect(loadDeviceConfig(fileOf(), "virtual").port).toBe("virtual");
    expect(loadDeviceConfig(fileOf(), "/dev/ttyACM0").port).toBe("/dev/ttyACM0");
    expect(() => loadDeviceConfig(fileOf(), "mars")).toThrow("--board: expected simulated, virtual or a serial port");
  });
});
