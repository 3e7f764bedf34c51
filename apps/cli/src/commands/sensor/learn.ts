import { learnReadout, type LearnedReadout } from "@ohmwork/agent";
import { BadInputError } from "@ohmwork/core";
import { runUntilSignal, systemClock } from "@ohmwork/runtime";
import type { CommandDef } from "citty";
import { createOutput, VERSION } from "../../output.ts";
import { createProgressView } from "../../progress-view.ts";
import { readKnownClips } from "../../sensor/known-clips.ts";
import { openSensor, type OpenSensor } from "../../sensor/open-sensor.ts";
import { walkThrough } from "../../sensor/walk-through.ts";
import { strictCommand, wholeNumber } from "../../strict-command.ts";
import { sensorArgs } from "./sensor-options.ts";

export const learn: CommandDef = strictCommand({
  name: "sensor learn",
  description: "Teach a sensor where it stands: by sounds that a person makes, or by those of a folder",
  args: {
    ...sensorArgs,
    word: { type: "positional", required: false, description: "The class to be said; without it every class" },
    from: {
      type: "string",
      valueHint: "folder",
      description: "Learn from its folders of WAV files, one for each class, and ask nobody",
    },
    into: {
      type: "string",
      default: "clips",
      valueHint: "folder",
      description: "Where what a person says is kept, and learned from",
    },
    times: { type: "string", default: "5", valueHint: "n", description: "How often each class is to be said" },
    epochs: { type: "string", valueHint: "n", description: "Times that every sound is played. Default: 40" },
  },
  run: async (options) => {
    const { config: file, state, word, from, into } = options;
    const output = createOutput(options.json === true);
    const times = wholeNumber(options.times, "--times", { min: 1, max: 100 }) as number;
    const epochs = wholeNumber(options.epochs, "--epochs", { min: 1, max: 10_000 });
    await using opened = await openSensor(file, state, (line) => output.note(line));
    const { classes } = opened.device.sensor;
    if (word !== undefined && from !== undefined) throw new BadInputError(`Word "${word}" is only said, and --from asks nobody`);
    if (word !== undefined && !classes.includes(word))
      throw new BadInputError(`"${word}" is not a class of ${file}, expected one of ${classes.join(", ")}`);
    const started = systemClock.monotonic();
    const { learned, known } = await runUntilSignal(async (signal) => {
      if (from === undefined) {
        const wanted = { times, into, ...(word !== undefined && { word }) };
        await walkThrough(opened, file, wanted, signal, (line) => output.note(line));
      }
      return teach(opened, from ?? into, epochs, signal);
    });
    const { silent, counts } = known;
    for (const name of silent) output.note(`Nothing is heard in ${name}`);
    await opened.commit(learned.parameters, learned.gainPerVolt);
    const { fleet, device: id, seed, system = null } = opened.config;
    const { parameters: _, ...found } = learned;
    const seconds = systemClock.monotonic() - started;
    const sounds = Object.fromEntries(classes.map((name, label) => [name, counts[label] ?? 0]));
    const header = {
      schema: "ohmwork.sensor-learn/1",
      version: VERSION,
      task: opened.device.sensor.task,
      system,
      rule: "readout",
      seed,
    };
    output.result({ ...header, fleet, device: id, sounds, silent: silent.length, ...found, seconds }, linesOf(learned, sounds));
  },
});

async function teach(
  { device, values, config }: OpenSensor,
  folder: string,
  epochs: number | undefined,
  signal: AbortSignal,
): Promise<{ learned: LearnedReadout; known: ReturnType<typeof readKnownClips> }> {
  const { classes, layout } = device.sensor;
  const known = readKnownClips(folder, classes, layout);
  const view = createProgressView(process.stderr, `${config.device} · ${classes.join(", ")}`, systemClock, {
    title: "loss",
    name: "loss",
    unit: "",
  });
  const learned = await learnReadout({
    system: device.system,
    classes: classes.length,
    sounds: known,
    start: values,
    seed: config.seed,
    ...(epochs !== undefined && { epochs }),
    onProgress: ({ step, steps, loss }) =>
      view.show({ step, steps, error: loss, scoreName: "sounds", score: String(known.labels.length) }),
    signal,
  }).finally(() => view.end());
  return { learned, known };
}

function linesOf({ accuracy, gainPerVolt, evaluations }: LearnedReadout, sounds: Readonly<Record<string, number>>): string[] {
  const of = Object.entries(sounds).map(([name, count]) => `${count} of "${name}"`);
  const told =
    accuracy === undefined || gainPerVolt === undefined
      ? "too few sounds to say how well: a class needs two, and better ten"
      : `${(100 * accuracy).toFixed(1)} % of them were told while they were left out; confidence is fitted, ${gainPerVolt.toFixed(0)} per volt`;
  return [
    `Learned from ${of.join(", ")}`,
    told,
    `${evaluations} sounds were played to the circuit; it is committed, and answers by it from now on`,
  ];
}
