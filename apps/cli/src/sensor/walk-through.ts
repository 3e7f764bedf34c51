import type { HeardSound } from "@ohmwork/agent";
import { AbortedError, BadInputError } from "@ohmwork/core";
import { collectSounds } from "./collect-sounds.ts";
import { wavFilesIn, writeKnownClip } from "./known-clips.ts";
import { openMicrophone } from "./open-microphone.ts";
import type { OpenSensor } from "./open-sensor.ts";

type Wanted = {
  /** The class to be said; then those of the others of which there is nothing yet. @default every class */
  readonly word?: string;
  readonly times: number;
  readonly into: string;
};

/** What was not kept, and what a person can do about it. */
const advice: Readonly<Record<string, string>> = {
  clipped: "too loud: step back, or turn the microphone down",
  tooShort: "too short",
  tooLong: "too long, or something hums",
  brokenOff: "the microphone broke off",
  gap: "the microphone broke off",
  silent: "nothing was heard",
};

/**
 * Asks a person to say each class a few times, and keeps what is heard.
 *
 * @throws AbortedError when the signal fires
 * @throws BadInputError when the sound ends before all is said
 */
export async function walkThrough(
  { config, device }: OpenSensor,
  file: string,
  { word, times, into }: Wanted,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<void> {
  const { classes, layout } = device.sensor;
  const missing = classes.filter((name) => name !== word && (word === undefined || wavFilesIn(`${into}/${name}`).length === 0));
  const turns = [...(word === undefined ? [] : [word]), ...missing];
  await using sound = await openMicrophone(config, file);
  const sounds = collectSounds(sound, layout, signal);
  for (const name of turns) {
    for (let n = 1; n <= times; n += 1) {
      say(`Say "${name}" (${n} of ${times})`);
      const heard = await nextSound(sounds, say);
      if (heard === undefined) {
        if (signal.aborted) throw new AbortedError("Learning");
        throw new BadInputError(`${sound.name} ended before everything was said`);
      }
      say(`  kept as ${writeKnownClip(into, name, heard)}`);
    }
  }
}

async function nextSound(sounds: ReturnType<typeof collectSounds>, say: (line: string) => void): Promise<HeardSound | undefined> {
  for (;;) {
    const next = await sounds.next();
    if (next.done === true) return undefined;
    if (next.value.kind === "sound") return next.value;
    say(`  again, please: ${advice[next.value.reason] ?? next.value.reason}`);
  }
}
