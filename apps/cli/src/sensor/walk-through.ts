import { AbortedError, BadInputError } from "@ohmwork/core";
import { type Collected, collectSounds } from "./collect-sounds.ts";
import { keepClipsIn } from "./kept-clips.ts";
import { wavFilesIn } from "./known-clips.ts";
import { openMicrophone } from "./open-microphone.ts";
import type { OpenSensor } from "./open-sensor.ts";

type Wanted = {
  /** The class to be said; then those of the others of which there is nothing yet. @default every class */
  readonly word?: string;
  readonly times: number;
  readonly into: string;
};

/** What was not kept, and what a person can do about it. */
const advice: Readonly<Record<Extract<Collected, { kind: "unheard" }>["reason"], string>> = {
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
  const kept = keepClipsIn(into);
  const ask = (): string | undefined => {
    const name = turns.find((one) => kept.filesOf(one).length < times);
    if (name !== undefined) say(`Say "${name}" (${kept.filesOf(name).length + 1} of ${times})`);
    return name;
  };
  let name = ask();
  if (name === undefined) return;
  for await (const one of collectSounds(sound, layout, signal)) {
    if (one.kind === "sound") say(`  kept as ${kept.keep(name, one)}`);
    else if (one.kind === "unheard") say(`  again, please: ${advice[one.reason]}`);
    else if (kept.doubt(one.from).length === 0) continue;
    else say(`  again, please: ${advice.gap}`);
    name = ask();
    if (name === undefined) return;
  }
  if (signal.aborted) throw new AbortedError("Learning");
  throw new BadInputError(`${sound.name} ended before everything was said`);
}
