import { dirname, join } from "node:path";
import { type DeviceConfig, loadDeviceConfig, openSlotStore } from "@ohmwork/agent";
import { lockFolder, openFolder, systemClock } from "@ohmwork/runtime";
import { hashOfPorts, openParameterSet, sealParameterSet } from "@ohmwork/wire";
import { stateFolder } from "../state-folder.ts";
import { writeDecision } from "./decision-file.ts";
import { createSensorDevice, type SensorDevice } from "./sensor-device.ts";

/** A sensor that no agent runs: its circuit, programmed with what is committed, and where its state is. */
export type OpenSensor = AsyncDisposable & {
  readonly config: DeviceConfig;
  readonly device: SensorDevice;
  /** Folder of this device's state. */
  readonly state: string;
  /** Folder that the config's paths begin in. */
  readonly folder: string;
  /** What the circuit is programmed with. */
  readonly values: Float32Array;
  /** Whether it is what was learned or sent, and not where an untaught sensor rests. */
  readonly isTaught: boolean;
  /** Commits what it learned, as an agent does with what was learned in place. @throws StoreFailedError */
  commit(values: Float32Array, gainPerVolt: number | undefined): Promise<void>;
};

/**
 * @param states folder of all devices' state
 * @throws BadInputError when the config is no sensor's
 * @throws StoreFailedError when an agent runs this sensor
 */
export async function openSensor(file: string, states: string, onTrouble: (message: string) => void): Promise<OpenSensor> {
  const config = loadDeviceConfig(file);
  const state = stateFolder(join(states, `${config.fleet}.${config.device}`));
  const lock = lockFolder(state, onTrouble);
  try {
    const device = createSensorDevice(config, file, state);
    const slots = openSlotStore(openFolder(state), onTrouble);
    const ports = await hashOfPorts(device.system.ports);
    const active = slots.active();
    const opened = active === undefined ? undefined : await openParameterSet(active.bytes);
    const committed = opened?.ok === true && opened.value.set.ports === ports ? opened.value.set.values : undefined;
    const values = committed ?? device.rest;
    await device.system.program(values);
    return {
      config,
      device,
      state,
      folder: dirname(file),
      values,
      isTaught: committed !== undefined,
      commit: async (learned, gainPerVolt) => {
        const parent = slots.active()?.id;
        const set = {
          ...(parent !== undefined && { parent }),
          values: learned,
          encoding: "volts",
          classes: device.sensor.classes,
          ports,
          twins: {},
          origin: "local",
          madeAt: Math.floor(systemClock.now()),
        } as const;
        slots.commitLocal(await sealParameterSet(set));
        if (gainPerVolt !== undefined) writeDecision(state, { gainPerVolt });
      },
      [Symbol.asyncDispose]: async () => {
        await device.system[Symbol.asyncDispose]();
        lock[Symbol.dispose]();
      },
    };
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}
