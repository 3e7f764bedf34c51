import { BadInputError, type PhysicalSystem } from "@ohmwork/core";
import { stagesAsSystems } from "@ohmwork/systems";
import type { TrainedLayer, TrainingJob } from "./train-run.ts";

/** Layers that are stages of one device as one layer, whose parameters stand in the order of the device's. */
export function layersOfDevices(layers: readonly TrainedLayer[], devices: readonly string[]): TrainedLayer[] {
  return layers.flatMap((layer) => {
    const name = devices.find((one) => one !== layer.name && one.split("+").includes(layer.name));
    if (name === undefined) return [layer];
    const all = layers.filter((one) => name.split("+").includes(one.name));
    if (all[0] !== layer) return [];
    const values = Float32Array.from(all.flatMap((one) => [...one.values]));
    return [
      { layer: layer.layer, name, values, twins: Object.assign({}, ...all.map(({ twins }) => twins)) as TrainedLayer["twins"] },
    ];
  });
}

/**
 * Devices by the single names of a network, its stages in the place of one that has several names.
 *
 * @param simulated those of the recipe, whose ports and stages they must have
 * @throws BadInputError when the network has no device of a name, or a device does not have the stages
 */
export function devicesByName(
  devices: TrainingJob["devices"],
  simulated: Readonly<Record<string, PhysicalSystem>>,
  system: string,
): Record<string, PhysicalSystem> {
  const apart: Record<string, PhysicalSystem> = {};
  for (const [joined, device] of Object.entries(devices)) {
    const names = joined.split("+");
    for (const name of names) {
      if (Object.hasOwn(simulated, name)) continue;
      throw new BadInputError(`Network of ${system} has no device "${name}", expected ${Object.keys(simulated).join(", ")}`);
    }
    // In the order of the network, which is that of the stages.
    const parts = Object.entries(simulated).filter(([name]) => names.includes(name));
    const own = parts.length === 1 ? [device] : wholeApart(joined, device, parts);
    for (const [k, [name]] of parts.entries()) apart[name] = own[k] as PhysicalSystem;
  }
  return apart;
}

function wholeApart(
  names: string,
  device: PhysicalSystem,
  parts: readonly (readonly [string, PhysicalSystem])[],
): readonly PhysicalSystem[] {
  try {
    return stagesAsSystems(
      device,
      parts.map(([, part]) => part),
    );
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new BadInputError(`One device is given for ${names.replaceAll("+", " and ")}. ${error.message}`);
  }
}
