import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { BadInputError } from "@ohmwork/core";
import type { CaptureDevice, SoundCheck } from "@ohmwork/firmware-bridge";
import type { Microphone } from "../device-config.ts";
import type { Finding } from "../doctor.ts";

export type ExamineMicrophoneOptions = {
  /** Folder that the config stands in. @default the current one */
  readonly folder?: string;
  /** The recorder, and words before its options. @default ["arecord"] */
  readonly command?: readonly string[];
  /** How long to listen [s]. @default 2 */
  readonly seconds?: number;
};

const what = "microphone";
/** Peak below which a microphone is as good as off, and a gain is too low [dBFS]. */
const OFF_DECIBELS = -80;
/** Share of clipped samples from which the gain is too high: room noise and one loud word clip nothing. */
const CLIPPED_SHARE = 0.001;

/** Listens for a while to the microphone of a sensor, where it has one. */
export async function examineMicrophone(microphone: Microphone, options: ExamineMicrophoneOptions): Promise<Finding> {
  if (microphone === "virtual") return { what, state: "good", found: "virtual: vowels of nobody, in a simulated room" };
  if ("files" in microphone) return examineFiles(resolve(options.folder ?? ".", microphone.files));
  // What records is loaded only where there is something to record from.
  const { checkSound, listCaptureDevices, recordSound } = await import("@ohmwork/firmware-bridge");
  const { command = ["arecord"], seconds = 2 } = options;
  const { arecord: device } = microphone;
  let devices: readonly CaptureDevice[] = [];
  try {
    devices = await listCaptureDevices(command);
    await using source = recordSound({ device, command });
    return ofCheck(device, await checkSound(source, { seconds }), devices);
  } catch (error) {
    if (!(error instanceof BadInputError)) throw error;
    return { what, state: "bad", found: error.message, todo: "Install it, or name another microphone in the config" };
  }
}

function ofCheck(device: string, heard: SoundCheck, devices: readonly CaptureDevice[]): Finding {
  const named = devices.map(({ device: name, name: says }) => `${name} (${says})`).join(", ");
  const known = named === "" ? "no sound card was found" : `there are ${named}`;
  if (heard.seconds === 0) {
    const why = heard.gaps[0]?.detail ?? "no sound came";
    return { what, state: "bad", found: `${device}: ${why}; ${known}`, todo: "Plug it in, or mend `microphone:` in the config" };
  }
  const peak = 20 * Math.log10(heard.peak);
  const decibels = (value: number): string => (Number.isFinite(value) ? `${value.toFixed(0).replace("-", "−")} dBFS` : "silence");
  const found = `${device}: peak ${decibels(peak)}, mean ${decibels(heard.rmsDecibels)} in ${heard.seconds.toFixed(1)} s`;
  if (heard.gaps.length > 0) {
    return {
      what,
      state: "bad",
      found: `${found}, ${heard.gaps.length} gaps: ${heard.gaps[0]?.detail}`,
      todo: "Look at its cable and at what else uses it",
    };
  }
  if (heard.clipped > CLIPPED_SHARE * heard.seconds * 16_000)
    return {
      what,
      state: "bad",
      found: `${found}, ${heard.clipped} samples at full scale`,
      todo: "Turn its gain down: `alsamixer`, F4",
    };
  if (!(peak > OFF_DECIBELS)) return { what, state: "bad", found, todo: "Turn it on, and its gain up: `alsamixer`, F4" };
  return { what, state: "good", found };
}

async function examineFiles(path: string): Promise<Finding> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined) return { what, state: "good", found: `${path} is there` };
  return { what, state: "bad", found: `${path} is not there`, todo: "Name a WAV file or a folder of them in `microphone:`" };
}
