import { calibrateChannels, type CalibratedChannel, type DrawnChannel } from "@ohmwork/agent";
import { OhmworkError } from "@ohmwork/core";
import { runUntilSignal } from "@ohmwork/runtime";
import type { CommandDef } from "citty";
import { createOutput, VERSION } from "../../output.ts";
import { openSensor } from "../../sensor/open-sensor.ts";
import { designOf, drawnChannels } from "../../sensor/sensor-device.ts";
import { decimalNumber, strictCommand } from "../../strict-command.ts";
import { sensorArgs } from "./sensor-options.ts";

export const calibrate: CommandDef = strictCommand({
  name: "sensor calibrate",
  description: "Play a sweep to every channel of a sensor's ear, and say where its filters are not as drawn; changes nothing",
  args: {
    ...sensorArgs,
    tolerance: {
      type: "string",
      default: "0.15",
      valueHint: "share",
      description: "Departure from which a filter is said to be off",
    },
  },
  run: async ({ config: file, state, json, ...options }) => {
    const output = createOutput(json === true);
    const tolerated = decimalNumber(options.tolerance, "--tolerance", { min: 0.01, max: 1 }) as number;
    await using opened = await openSensor(file, state, (line) => output.note(line));
    const { config, device, values } = opened;
    const design = designOf(config, file);
    const { samples, leadSamples, slots } = design.timing;
    const rate = 16_000;
    const found = await runUntilSignal((signal) =>
      calibrateChannels({
        system: device.system,
        channels: drawnChannels(design, values),
        rate,
        samples,
        gate: slots === "gated" ? [(samples - leadSamples) / rate] : [],
        tolerated,
        signal,
      }),
    );
    const { fleet, device: id, seed, system = null } = config;
    const off = found.flatMap(({ problem }, k) => (problem === undefined ? [] : [k + 1]));
    const header = { schema: "ohmwork.sensor-calibrate/1", version: VERSION, task: "sensor-calibrate", system, rule: null, seed };
    output.result({ ...header, fleet, device: id, channels: found, off }, tableOf(found));
    if (off.length > 0) throw new EarFaultyError(`Not as drawn: channel ${off.join(", ")}`, { channels: off });
  },
});

/** An ear was tried, and is not what it should be. */
class EarFaultyError extends OhmworkError<{ channels: readonly number[] }> {
  readonly code = "bench-faulty";
}

function tableOf(channels: readonly CalibratedChannel[]): string[] {
  const cell = (drawn: number, measured: number | undefined, digits: number): string => {
    if (measured === undefined) return `${drawn.toFixed(digits)} → ?`.padEnd(24);
    const share = 100 * (measured / drawn - 1);
    return `${drawn.toFixed(digits)} → ${measured.toFixed(digits)} ${`${share < 0 ? "−" : "+"}${Math.abs(share).toFixed(1)} %`.padStart(8)}`.padEnd(
      24,
    );
  };
  const line = ({ drawn, measured, problem }: CalibratedChannel, k: number): string[] => {
    const of = (what: keyof DrawnChannel, digits: number): string => cell(drawn[what], measured?.[what], digits);
    const row = `${String(k + 1).padStart(2)}  ${of("hertz", 0)}${of("quality", 2)}${of("gain", 2)}`.trimEnd();
    return [row, ...(problem === undefined ? [] : [`    ${problem}`])];
  };
  return [`    ${"Hz, drawn → measured".padEnd(24)}${"Q".padEnd(24)}gain`, ...channels.flatMap(line)];
}
