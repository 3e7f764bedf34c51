import type { SensorCounts } from "@ohmwork/agent";
import { runUntilSignal, systemClock } from "@ohmwork/runtime";
import type { CommandDef } from "citty";
import { createOutput, VERSION } from "../../output.ts";
import { countsLine, heardLine } from "../../sensor/heard-line.ts";
import { createListenView } from "../../sensor/listen-view.ts";
import { listenLocally } from "../../sensor/listen-locally.ts";
import { openMicrophone } from "../../sensor/open-microphone.ts";
import { openSensor } from "../../sensor/open-sensor.ts";
import { designOf } from "../../sensor/sensor-device.ts";
import { strictCommand } from "../../strict-command.ts";
import { sensorArgs } from "./sensor-options.ts";

export const listen: CommandDef = strictCommand({
  name: "sensor listen",
  description: "Watch what a sensor hears and what it takes it for, on this terminal and without a broker; Ctrl-C ends",
  args: sensorArgs,
  run: async ({ config: file, state, json }) => {
    const output = createOutput(json === true);
    await using opened = await openSensor(file, state, (line) => output.note(line));
    const { config, device, isTaught } = opened;
    await using sound = await openMicrophone(config, file);
    if (!isTaught) output.note(`${config.device} has not learned anything yet: ohmwork sensor learn ${file}`);
    const design = designOf(config, file);
    const view = createListenView(process.stderr, {
      title: `${config.fleet}/${config.device} · ${device.systemName} · ${sound.name}`,
      hertz: design.channels.map(({ startHertz }) => startHertz),
      clock: systemClock,
    });
    let counts: SensorCounts | undefined;
    const shown = {
      onEnvelopes: view.envelopes,
      onAnswer: (answer: Parameters<typeof heardLine>[0]) => view.answer(heardLine(answer)),
      onGap: (detail: string) => view.answer(`Sound is missing: ${detail}`),
    };
    await runUntilSignal(async (signal) => {
      counts = await listenLocally({ device, design, sound, ...shown, signal });
    }).finally(() => view.end());
    const { fleet, device: id, system = null, seed } = config;
    const header = { schema: "ohmwork.sensor/1", version: VERSION, task: device.sensor.task, system, rule: null, seed };
    output.result({ ...header, fleet, device: id, classes: device.sensor.classes, heard: counts }, [
      counts === undefined ? "Nothing was heard" : countsLine(counts),
    ]);
  },
});
