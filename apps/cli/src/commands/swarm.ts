import { createStandIn, startSwarm, type SwarmState } from "@ohmwork/agent";
import { BadInputError, type PhysicalSystem, Seconds } from "@ohmwork/core";
import { createTrainingDevice } from "@ohmwork/recipes";
import { openOnnxRuntime, runUntilSignal, systemClock } from "@ohmwork/runtime";
import { digits8x8 } from "@ohmwork/tasks";
import { isId } from "@ohmwork/wire";
import type { CommandDef } from "citty";
import { brokerOption } from "../broker-option.ts";
import { createOutput, VERSION } from "../output.ts";
import { stateFolder } from "../state-folder.ts";
import { decimalNumber, strictCommand, wholeNumber } from "../strict-command.ts";
import { createSwarmView } from "../swarm-view.ts";

const args = {
  devices: { type: "string", required: true, valueHint: "N", description: "How many, 1 to 5000" },
  broker: {
    type: "string",
    required: true,
    valueHint: "url",
    description: "Address of an MQTT broker on loopback, such as mqtt://127.0.0.1:1883",
  },
  fleet: { type: "string", default: "swarm", valueHint: "name", description: "The fleet that the devices are of" },
  system: {
    type: "string",
    default: "shg",
    valueHint: "name",
    description: "Whose ports the devices have; their physics are a stand-in that costs next to nothing",
  },
  "samples-per-second": { type: "string", default: "0.1", valueHint: "R", description: "What each device measures" },
  "connects-per-second": { type: "string", default: "200", valueHint: "R", description: "Devices that begin to connect" },
  "update-key": {
    type: "string",
    valueHint: "hex",
    description: "Public key of a trainer that may lease and update the devices",
  },
  state: { type: "string", valueHint: "folder", description: "Keep what devices keep on the disk (default: in memory)" },
  seconds: { type: "string", valueHint: "S", description: "End after this long (default: at Ctrl-C)" },
  seed: { type: "string", default: "1", valueHint: "number", description: "Of what is measured, and of waits" },
  json: { type: "boolean", description: "Print one line of JSON at the end" },
} as const;

const lookSeconds = Seconds(0.5);

export const swarm: CommandDef = strictCommand({
  name: "swarm",
  description: "Try a fleet with many simulated devices that run what an agent runs, on loopback, until Ctrl-C",
  args,
  run: async ({ broker, fleet, system, json, ...given }) => {
    const output = createOutput(json === true);
    if (!isId(fleet)) throw new BadInputError(`Option --fleet is "${fleet}", expected 1 to 36 of a-z, 0-9 and -`);
    const devices = wholeNumber(given.devices, "--devices", { min: 1, max: 5000 }) as number;
    const seed = wholeNumber(given.seed, "--seed", { min: 0, max: 0xffff_ffff }) as number;
    const samplesPerSecond = decimalNumber(given["samples-per-second"], "--samples-per-second", { min: 0, max: 1000 }) as number;
    const connectsPerSecond = wholeNumber(given["connects-per-second"], "--connects-per-second", { min: 1, max: 5000 }) as number;
    const seconds = decimalNumber(given.seconds, "--seconds", { min: 0.1, max: 1e6, unit: "s" });
    const key = given["update-key"];
    if (key !== undefined && !/^[0-9a-f]{64}$/.test(key))
      throw new BadInputError("Option --update-key is no public key, expected 64 hexadecimal digits");
    const { ports, stages } = await shapeOf(system, seed);
    const begun = systemClock.monotonic();
    const view = createSwarmView(process.stderr, devices);
    const { last, mostConnected } = await runUntilSignal(async (signal) => {
      await using started = await startSwarm({
        broker: brokerOption(broker),
        fleet,
        devices,
        system: (n) => createStandIn({ ports, stages, seed: seed + n }),
        systemName: system,
        seed,
        samplesPerSecond,
        connectsPerSecond,
        ...(key !== undefined && { updateKeys: [Uint8Array.from(Buffer.from(key, "hex"))] }),
        ...(given.state !== undefined && { state: stateFolder(given.state) }),
        onTrouble: (message) => view.note(message),
      });
      let most = 0;
      while (!signal.aborted && systemClock.monotonic() - begun < (seconds ?? Number.POSITIVE_INFINITY)) {
        await systemClock.sleep(lookSeconds, signal).catch(() => undefined);
        most = Math.max(most, started.state().connected);
        view.show(started.state());
      }
      started.setSamplesPerSecond(0);
      view.end();
      await started.stop();
      return { last: started.state(), mostConnected: most };
    });
    const took = systemClock.monotonic() - begun;
    output.result(resultOf({ system, seed, fleet, devices, mostConnected, seconds: took }, last), [lineOf(last, devices)]);
  },
});

/** The ports of a system, as the network for the digits that come along has them. */
async function shapeOf(system: string, seed: number): Promise<Pick<PhysicalSystem, "ports" | "stages">> {
  const runtime = await openOnnxRuntime({ threads: 1 });
  const { device } = await createTrainingDevice({ dataset: digits8x8({ seed }), system, seed, runtime });
  await device[Symbol.asyncDispose]();
  return device;
}

function resultOf(
  {
    system,
    seed,
    ...given
  }: { system: string; seed: number; fleet: string; devices: number; mostConnected: number; seconds: number },
  { connected: _connected, begun: _begun, ...counts }: SwarmState,
): Record<string, unknown> {
  const residentBytes = process.memoryUsage.rss();
  return {
    schema: "ohmwork.swarm/1",
    version: VERSION,
    task: "swarm",
    system,
    rule: null,
    seed,
    ...given,
    ...counts,
    residentBytes,
  };
}

const lineOf = ({ measured, acknowledged, waiting, dropped }: SwarmState, devices: number): string =>
  `${devices} devices measured ${measured} samples: ${acknowledged} acknowledged, ${waiting} waited at the end, ${dropped} dropped`;
