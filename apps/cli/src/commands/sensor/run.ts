import type { CommandDef } from "citty";
import { keepHeapSmall } from "../../agent/keep-heap-small.ts";
import { strictCommand } from "../../strict-command.ts";
import { sensorArgs } from "./sensor-options.ts";

export const run: CommandDef = strictCommand({
  name: "sensor run",
  description: "Answer to what the microphone hears, over MQTT; the same as ohmwork agent",
  args: { ...sensorArgs, exit: { type: "boolean", description: "End when the sound has ended" } },
  run: async ({ config: file, state, exit, json }) => {
    keepHeapSmall();
    const { runDevice } = await import("../../agent/run-device.ts"); // after the heap was told: what is loaded fills it
    await runDevice({ file, state, exit: exit === true, trustAgain: false, json: json === true });
  },
});
