import { execFile } from "node:child_process";
import { BadInputError } from "@ohmwork/core";

/** A device that can record. */
export type CaptureDevice = {
  /** Name for `recordSound`: by the card's id, which it keeps when cards are plugged in another order; rates are converted. */
  readonly device: string;
  readonly card: number;
  /** What the maker calls card and device. */
  readonly name: string;
};

/** Reads what `arecord -l` prints; lines that are no device are passed over. */
function parseCaptureDevices(text: string): CaptureDevice[] {
  const line = /^card (\d+): (\S+) \[(.*?)\], device (\d+): .*?\[(.*)\]\s*$/gm;
  return Array.from(text.matchAll(line), ([, card, id, cardName, device, name]) => ({
    device: `plughw:CARD=${id},DEV=${device}`,
    card: Number(card),
    name: `${cardName}, ${name}`,
  }));
}

/**
 * Devices that this machine can record from; none where there is no sound card.
 *
 * @param command the recorder. @default ["arecord"]
 * @throws BadInputError when the recorder is not installed or cannot list them
 */
export function listCaptureDevices(command: readonly string[] = ["arecord"]): Promise<CaptureDevice[]> {
  const [file = "arecord", ...first] = command;
  return new Promise((resolve, reject) => {
    execFile(file, [...first, "-l"], { env: recorderEnvironment(), timeout: 10_000 }, (error, out, said) => {
      if (error === null || /no soundcards found/.test(said)) return resolve(parseCaptureDevices(out));
      reject(new BadInputError(error.code === "ENOENT" ? notInstalled(file) : `${file} -l failed: ${lastLine(said)}`));
    });
  });
}

/** Its messages are read by program, so they must be in English. */
export function recorderEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: "C" };
}

export function notInstalled(command: string): string {
  return `${command} is not installed (on Debian and Ubuntu: apt install alsa-utils)`;
}

/** The last line that says something. */
export function lastLine(said: string): string {
  const lines = said.split("\n").map((line) => line.trim());
  return lines.findLast((line) => line !== "") ?? "it said nothing";
}
