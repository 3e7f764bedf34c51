import { loadDeviceConfig } from "@ohmwork/agent";
import { BadInputError } from "@ohmwork/core";
import { runUntilSignal } from "@ohmwork/runtime";
import type { CommandDef } from "citty";
import { createOutput, VERSION } from "../../output.ts";
import { collectSounds } from "../../sensor/collect-sounds.ts";
import { keepClipsIn } from "../../sensor/kept-clips.ts";
import { openMicrophone } from "../../sensor/open-microphone.ts";
import { layoutOf } from "../../sensor/sensor-device.ts";
import { strictCommand, wholeNumber } from "../../strict-command.ts";
import { sensorArgs } from "./sensor-options.ts";

const { config, json } = sensorArgs;

export const record: CommandDef = strictCommand({
  name: "sensor record",
  description: "Keep each sound that the microphone hears as a WAV file of one class",
  args: {
    config,
    label: { type: "positional", required: true, description: "What the sounds are: one of the config's classes" },
    into: { type: "string", default: "clips", valueHint: "folder", description: "A folder for each class is made in it" },
    count: { type: "string", valueHint: "n", description: "Sounds after which to end; without it until Ctrl-C" },
    json,
  },
  run: async (options) => {
    const { config: file, label, into } = options;
    const output = createOutput(options.json === true);
    const count = wholeNumber(options.count, "--count", { min: 1 }) ?? Number.POSITIVE_INFINITY;
    const device = loadDeviceConfig(file);
    const { classes = [], fleet, device: id, system = null, seed } = device;
    if (!classes.includes(label))
      throw new BadInputError(`"${label}" is not a class of ${file}, expected one of ${classes.join(", ")}`);
    await using sound = await openMicrophone(device, file);
    output.note(`Recording "${label}" from ${sound.name}; Ctrl-C ends`);
    const kept = keepClipsIn(into);
    let unheard = 0;
    await runUntilSignal(async (signal) => {
      for await (const one of collectSounds(sound, layoutOf(device), signal)) {
        if (one.kind === "suspect") {
          for (const gone of kept.doubt(one.from)) output.note(`removed, it may not be what was heard: ${gone}`);
        } else if (one.kind === "unheard") {
          unheard += 1;
          output.note(`not kept: ${one.reason}`);
        } else output.note(kept.keep(label, one));
        if (kept.filesOf(label).length >= count) return;
      }
    });
    const files = kept.filesOf(label);
    const header = { schema: "ohmwork.sensor-record/1", version: VERSION, task: "sensor-record", system, rule: null, seed };
    output.result({ ...header, fleet, device: id, label, files, unheard }, [
      `${files.length} sounds of "${label}" kept in ${into}/${label}${unheard === 0 ? "" : `, ${unheard} not kept`}`,
    ]);
  },
});
