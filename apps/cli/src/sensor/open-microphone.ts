import { dirname, resolve } from "node:path";
import type { DeviceConfig } from "@ohmwork/agent";
import { BadInputError } from "@ohmwork/core";
import { openVirtualMicrophone, openWavSound, recordSound, type SoundSource } from "@ohmwork/firmware-bridge";
import { systemClock } from "@ohmwork/runtime";
import { petersonBarney, syntheticVowels } from "@ohmwork/tasks";

/** People of the simulated room; each says every vowel twice. */
const SPEAKERS = 8;

/**
 * The microphone that a config names.
 *
 * @throws BadInputError in one line that names the file
 */
export async function openMicrophone(config: DeviceConfig, file: string): Promise<SoundSource> {
  const { microphone, seed, classes = [] } = config;
  if (microphone === undefined)
    throw new BadInputError(`${file}: Missing key "microphone", expected virtual, {arecord: device} or {files: folder}`, {
      where: file,
    });
  if (microphone !== "virtual") {
    return "arecord" in microphone
      ? recordSound({ device: microphone.arecord, seed })
      : openWavSound(resolve(dirname(file), microphone.files));
  }
  const vowels = petersonBarney().classes;
  const foreign = classes.find((name) => !vowels.includes(name));
  if (foreign !== undefined) {
    throw new BadInputError(
      `${file}: Nobody says "${foreign}" to the virtual microphone, expected classes of ${vowels.join(", ")}`,
      {
        where: file,
      },
    );
  }
  const clips = syntheticVowels({ seed, vowels: classes, speakers: SPEAKERS }).map(({ name, sound }) => ({
    name,
    samples: sound.samples,
  }));
  return openVirtualMicrophone({ clips, seed, rounds: Number.MAX_SAFE_INTEGER, clock: systemClock });
}
