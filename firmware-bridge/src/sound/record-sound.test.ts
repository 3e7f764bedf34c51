import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createRandom, Seconds } from "@ohmwork/core";
import { createFakeClock, type FakeClock, recordMeasured, scaled } from "@ohmwork/core/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { listCaptureDevices } from "./capture-devices.ts";
import { recordSound, type RecordOptions } from "./record-sound.ts";
import type { SoundGap, SoundSamples, SoundSource } from "./sound-source.ts";

const rate = 16_000;
let folder: string;
let clock: FakeClock;
/** Every wait that was begun [s]. */
let waits: number[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ohmwork-sound-"));
  const fake = createFakeClock();
  waits = [];
  clock = {
    ...fake,
    sleep: (delay, signal) => {
      waits.push(delay);
      return fake.sleep(delay, signal);
    },
  };
});
afterEach(() => rmSync(folder, { recursive: true }));

type Act = { readonly samples: number; readonly fault: string };

const fakeArecord = (): string[] => [
  process.execPath,
  fileURLToPath(new URL("../testing/fake-arecord.ts", import.meta.url)),
  folder,
];

function startFake(acts: readonly Act[], options: RecordOptions = {}): SoundSource {
  writeFileSync(join(folder, "acts.json"), JSON.stringify(acts));
  return recordSound({ command: fakeArecord(), clock, ...options });
}

/** Starts so far: process id and options of each. */
const starts = (): string[] => readFileSync(join(folder, "starts"), "utf8").trim().split("\n");

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Lets the pause after a gap pass, and not a moment more: the next start counts its time from here. */
async function passPause(): Promise<number> {
  const pause = waits.at(-1) as number;
  await clock.advance(Seconds(pause));
  return pause;
}

/** Reads up to the next gap; what a stalled recorder gave is known, and then time passes. */
async function readRun(
  pieces: AsyncIterator<SoundSamples | SoundGap>,
  { samples: expected, fault }: Act,
): Promise<{ readonly samples: SoundSamples[]; readonly gap: SoundGap }> {
  const samples: SoundSamples[] = [];
  let count = 0;
  for (;;) {
    const arrived = take(pieces);
    if (fault === "stall" && count === expected) await passTimeUntil(arrived);
    const piece = await arrived;
    if (piece === undefined) throw new RangeError("The source has ended");
    if (piece.kind === "gap") return { samples, gap: piece };
    samples.push(piece);
    count += piece.samples.length;
  }
}

async function take(pieces: AsyncIterator<SoundSamples | SoundGap>): Promise<SoundSamples | SoundGap | undefined> {
  const next = await pieces.next();
  return next.done === true ? undefined : next.value;
}

async function passTimeUntil(arrived: Promise<unknown>): Promise<void> {
  let waiting = true;
  const stop = (): void => void (waiting = false);
  arrived.then(stop, stop);
  const isWaiting = (): boolean => waiting;
  while (isWaiting()) {
    await clock.advance(Seconds(0.3));
    await nextTurn();
  }
}

/** Values of one run, when its pieces stand side by side. */
function joined(samples: readonly SoundSamples[]): number[] {
  const first = samples[0]?.position ?? 0;
  const values: number[] = [];
  for (const piece of samples) {
    expect(piece.position).toBe(first + values.length);
    for (const value of piece.samples) values.push(Math.round(value * 2 ** 15));
  }
  return values;
}

const reasons: Readonly<Record<string, string>> = {
  exit: "ended",
  unplug: "vanished",
  missing: "vanished",
  busy: "busy",
  stall: "stalled",
  rate: "wrong-rate",
};

describe("recordSound()", () => {
  it(
    "comes back after every way a recorder fails, marks each gap, and makes nothing up",
    { timeout: 300_000 },
    async (context) => {
      const random = createRandom(20, "faults");
      const kinds = Object.keys(reasons);
      const acts = Array.from({ length: scaled(200) }, (_, k): Act => {
        const fault = kinds[k % kinds.length] as string;
        return { fault, samples: fault === "busy" || fault === "missing" ? 0 : 100 + random.below(3000) };
      });
      await using source = startFake([...acts, { samples: 500, fault: "stall" }]);
      const pieces = source[Symbol.asyncIterator]();
      let end = 0;
      for (const [k, act] of acts.entries()) {
        const { samples, gap } = await readRun(pieces, act);
        expect(gap.reason).toBe(reasons[act.fault]);
        const heard = joined(samples);
        expect(heard).toEqual(Array.from(heard, (_, i) => (k % 200) * 150 + (i % 150) + 1));
        expect(samples[0]?.position ?? end).toBeGreaterThanOrEqual(end);
        end = samples.length === 0 ? end : (samples[0]?.position ?? 0) + heard.length;
        expect(gap.position).toBe(end);
        // A recorder that is known to give the wrong rate is stopped at once, whatever it has yet to say.
        const [whole, suspect] = act.fault === "rate" ? [heard.length, heard.length] : [act.samples, 0];
        expect([heard.length, gap.suspect]).toEqual([whole, suspect]);
        await passPause();
      }
      const piece = await take(pieces);
      expect(piece?.kind).toBe("samples");
      expect(piece?.position).toBeGreaterThan(end);
      await source[Symbol.asyncDispose]();
      expect(starts()).toHaveLength(acts.length + 1);
      expect(starts().filter((line) => isRunning(Number(line.split(" ")[0])))).toEqual([]);
      recordMeasured(context, "faults of a recorder that were healed", acts.length);
    },
  );

  it("jumps over a gap by what the clock says is missing", async () => {
    const acts = [
      { samples: 1600, fault: "exit" },
      { samples: 1600, fault: "stall" },
    ];
    await using source = startFake(acts, { timing: { retrySeconds: 10 } });
    const pieces = source[Symbol.asyncIterator]();
    const { gap } = await readRun(pieces, { samples: 1600, fault: "exit" });
    expect(gap).toMatchObject({ reason: "ended", position: 1600, suspect: 0 });
    expect(gap.detail).toMatch(/^The recorder ended with 1: arecord: .*Input\/output error$/);
    const pause = await passPause();
    const piece = await take(pieces);
    // On this clock all samples of a run come at one moment: how long before it they were taken is not known closer.
    expect(piece?.position).toBeGreaterThanOrEqual(pause * rate - 1600);
    expect(piece?.position).toBeLessThanOrEqual(pause * rate + 1600);
  });

  it("doubles its pauses, each with its own jitter, up to the longest", async () => {
    const busy = { samples: 0, fault: "busy" };
    await using source = startFake([busy], { timing: { retrySeconds: 4, longestRetrySeconds: 10 } });
    const pieces = source[Symbol.asyncIterator]();
    const pauses: number[] = [];
    for (const middle of [4, 8, 10, 10]) {
      await readRun(pieces, busy);
      const pause = await passPause();
      expect(pause).toBeGreaterThanOrEqual(middle / 2);
      expect(pause).toBeLessThan(middle * 1.5);
      pauses.push(pause / middle);
    }
    expect(new Set(pauses).size).toBe(4);
  });

  it("begins its pauses anew after good sound", async () => {
    const stall = { samples: 100, fault: "stall" };
    await using source = startFake([stall], { timing: { stallSeconds: 20, retrySeconds: 4, steadySeconds: 10 } });
    const pieces = source[Symbol.asyncIterator]();
    for (let k = 0; k < 3; k += 1) {
      await readRun(pieces, stall);
      expect(await passPause()).toBeLessThan(6);
    }
  });

  it("tells by count that samples come too slowly, where the recorder says nothing", async () => {
    const slow = { samples: 5000, fault: "stall" };
    await using source = startFake([slow], { timing: { stallSeconds: 40, rateSeconds: 5 } });
    const { gap } = await readRun(source[Symbol.asyncIterator](), slow);
    expect(gap.reason).toBe("wrong-rate");
    expect(gap.detail).toMatch(/^The recorder gives \d+ samples a second, 16000 were asked for$/);
    expect(gap.suspect).toBeLessThanOrEqual(5000);
  });

  it("marks what the recorder says it lost itself", async () => {
    await using source = startFake([{ samples: 4000, fault: "overrun" }]);
    const pieces = source[Symbol.asyncIterator]();
    const { gap } = await readRun(pieces, { samples: 4000, fault: "overrun" });
    expect(gap).toMatchObject({ reason: "overrun", detail: "The recorder was kept waiting and lost 0.0125 s" });
    expect(gap.suspect).toBe(gap.position);
  });

  it("asks the recorder for what it was told", async () => {
    await using source = startFake([{ samples: 8, fault: "stall" }], {
      device: "plughw:CARD=Device,DEV=0",
      rate: 44_100,
      format: "S32_LE",
      channels: 2,
      channel: 1,
    });
    const piece = await take(source[Symbol.asyncIterator]());
    expect(piece?.kind).toBe("samples");
    expect(starts()[0]).toMatch(/^\d+ -t raw -f S32_LE -r 44100 -c 2 -D plughw:CARD=Device,DEV=0$/);
  });

  it("says in one line that the recorder is not installed", async () => {
    await using source = recordSound({ command: ["no-such-recorder"] });
    await expect(source[Symbol.asyncIterator]().next()).rejects.toThrow(
      /^no-such-recorder is not installed \(on Debian and Ubuntu: apt install alsa-utils\)$/,
    );
    await expect(listCaptureDevices(["no-such-recorder"])).rejects.toThrow(/^no-such-recorder is not installed/);
  });

  it("refuses a rate that is none, and a channel that the device has not", () => {
    expect(() => recordSound({ rate: 0 })).toThrow(RangeError);
    expect(() => recordSound({ channels: 2, channel: 2 })).toThrow("Channel must be one of 2, counted from 0: 2");
  });
});

describe("listCaptureDevices()", () => {
  it("names devices by the id of their card", async () => {
    const listed = `**** List of CAPTURE Hardware Devices ****
card 1: Device [USB PnP Sound Device], device 0: USB Audio [USB Audio]
  Subdevices: 1/1
  Subdevice #0: subdevice #0
card 2: seeed2micvoicec [seeed-2mic-voicecard], device 3: bcm2835-i2s-wm8960-hifi wm8960-hifi-0 [bcm2835-i2s-wm8960-hifi wm8960-hifi-0]
  Subdevices: 0/1
`;
    writeFileSync(join(folder, "devices"), listed);
    expect(await listCaptureDevices(fakeArecord())).toEqual([
      { device: "plughw:CARD=Device,DEV=0", card: 1, name: "USB PnP Sound Device, USB Audio" },
      {
        device: "plughw:CARD=seeed2micvoicec,DEV=3",
        card: 2,
        name: "seeed-2mic-voicecard, bcm2835-i2s-wm8960-hifi wm8960-hifi-0",
      },
    ]);
  });
});
