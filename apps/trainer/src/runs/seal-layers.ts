import { type Birth, hashOfPorts, sealParameterSet } from "@ohmwork/wire";
import type { StoredParameterSet } from "../store/store.ts";
import type { RunSpec, TrainedSet } from "./run.ts";
import type { TrainedLayer } from "./training/train-run.ts";

export type SealedLayers = {
  readonly sets: readonly Omit<StoredParameterSet, "receivedAt">[];
  readonly parameters: readonly TrainedSet[];
};

/**
 * The parameter sets of a trained network, one for each physical layer, and one for all that are stages of one device. The same layers, births and time give the same bytes.
 *
 * @param madeAt wall-clock time [ms since 1970]
 */
export async function sealLayers(
  layers: readonly TrainedLayer[],
  { spec, births, madeAt }: { readonly spec: RunSpec; readonly births: ReadonlyMap<string, Birth>; readonly madeAt: number },
): Promise<SealedLayers> {
  const deviceOf = (name: string): string => spec.devices[name.split("+")[0] as string] as string;
  const sets: SealedLayers["sets"][number][] = [];
  const parameters: TrainedSet[] = [];
  for (const { layer, name, values, twins } of layers) {
    const device = deviceOf(name);
    const birth = births.get(device) as Birth;
    const alone = layers.filter((other) => deviceOf(other.name) === device).length === 1;
    const parent = alone ? birth.parameters.sha256 : undefined;
    const { id, bytes } = await sealParameterSet({
      ...(parent !== undefined && { parent }),
      values,
      encoding: `layer ${layer} of the network of ${spec.system} for ${spec.task}`,
      classes: [],
      ports: await hashOfPorts(birth.ports),
      twins,
      origin: "update",
      madeAt,
    });
    sets.push({ id, bytes, device });
    parameters.push({ layer, name, device, sha256: id, ...(parent !== undefined && { parent }) });
  }
  return { sets, parameters };
}
