import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * A recorder that fails as it is told: `node fake-arecord.ts FOLDER [options of arecord]`. Its n-th start does the n-th act of
 * `acts.json` in the folder, the last one from then on, and adds its process id to `starts`.
 */
type Act = { readonly samples: number; readonly fault: string };

/** The value of a sample says which start it is of, and its place there. */
const valueOf = (start: number, i: number): number => (start % 200) * 150 + (i % 150) + 1;

const messages: Readonly<Record<string, string>> = {
  exit: "arecord: pcm_read:2221: read error: Input/output error",
  unplug: "arecord: pcm_read:2221: read error: No such device",
  missing:
    "ALSA lib confmisc.c:165: Cannot get card index for Device\narecord: main:852: audio open error: No such file or directory",
  busy: "arecord: main:852: audio open error: Device or resource busy",
  rate: "Warning: rate is not accurate (requested = 16000Hz, got = 48000Hz)\n         please, try the plug plugin (-Dplug:hw)",
  overrun: "overrun!!! (at least 12.500 ms long)",
};

const [folder = ".", ...options] = process.argv.slice(2);
if (options.includes("-l")) {
  process.stdout.write(readFileSync(join(folder, "devices"), "utf8"));
  process.exit(0);
}
appendFileSync(join(folder, "starts"), `${process.pid} ${options.join(" ")}\n`);
const start = readFileSync(join(folder, "starts"), "utf8").split("\n").length - 2;
const acts = JSON.parse(readFileSync(join(folder, "acts.json"), "utf8")) as Act[];
const { samples, fault } = (acts[start] ?? acts.at(-1)) as Act;
process.on("SIGTERM", () => undefined); // the worst of them does not listen

const bytes = Buffer.alloc(samples * 2 + (fault === "exit" ? 1 : 0)); // the last byte of half a sample
for (let i = 0; i < samples; i += 1) bytes.writeInt16LE(valueOf(start, i), 2 * i);
for (let at = 0, size = 1; at < bytes.length; at += size) {
  size = 1 + ((at * 7 + 13) % 997);
  if (!process.stdout.write(bytes.subarray(at, at + size))) await new Promise((resolve) => process.stdout.once("drain", resolve));
}
const said = messages[fault];
if (said !== undefined) process.stderr.write(`${said}\n`);
if (fault === "stall" || fault === "rate" || fault === "overrun") await sleep(60_000);
process.exitCode = 1;
