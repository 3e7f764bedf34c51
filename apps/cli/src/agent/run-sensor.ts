import { defaultEvidenceLimits, type EvidenceLimits, runAgent } from "@ohmwork/agent";
import { runUntilSignal } from "@ohmwork/runtime";
import { VERSION } from "../output.ts";
import { countsLine, heardLine } from "../sensor/heard-line.ts";
import { openMicrophone } from "../sensor/open-microphone.ts";
import { createSensorDevice } from "../sensor/sensor-device.ts";
import type { AgentRun } from "./agent-run.ts";

/** Runs a sensor: it answers to what its microphone hears, until the signal. */
export async function runSensor({ config, file, exit, common, state, output }: AgentRun): Promise<void> {
  const { fleet, device: id, seed, system = "", evidence, classes = [] } = config;
  const device = createSensorDevice(config, file, state);
  await using _ = device.system;
  const sound = await openMicrophone(config, file);
  const limits = evidence === undefined || evidence === "none" ? evidence : limitsOf(evidence);
  output.note(`${fleet}/${id}: ${device.systemName}, hears ${sound.name}: ${classes.join(", ")}; until Ctrl-C`);
  const { heard, outbox } = await runUntilSignal((signal) =>
    runAgent(
      {
        ...common,
        device,
        sound,
        exit,
        ...(limits !== undefined && { evidence: limits }),
        onAnswer: (answer) => output.note(heardLine(answer)),
      },
      signal,
    ),
  );
  const header = { schema: "ohmwork.sensor/1", version: VERSION, task: device.sensor.task, system, rule: null, seed };
  output.result({ ...header, fleet, device: id, classes, heard, outbox }, [
    heard === undefined ? `${fleet}/${id} heard nothing` : countsLine(heard),
  ]);
}

function limitsOf({ mebibytes, days }: { readonly mebibytes?: number; readonly days?: number }): EvidenceLimits {
  const { bytes, days: most } = defaultEvidenceLimits;
  return { bytes: mebibytes === undefined ? bytes : mebibytes * 1024 * 1024, days: days ?? most };
}
