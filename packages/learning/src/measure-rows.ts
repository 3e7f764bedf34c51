import { type Batch, createBatch, type PhysicalSystem, type Revision, rowsOf, takeRows } from "@ohmwork/core";

/**
 * Measures any number of rows, in as many calls as the system's largest batch asks for. One batch per stage; `outputs` is the
 * last of them, `powerWatts` the mean over all rows, NaN from a system that cannot tell.
 */
export async function measureRows(
  system: PhysicalSystem,
  inputs: Batch,
  signal?: AbortSignal,
): Promise<{ revision: Revision; stages: Readonly<Record<string, Batch>>; outputs: Batch; powerWatts: number }> {
  const { count } = rowsOf(inputs);
  const call = signal === undefined ? {} : { signal };
  const stages = Object.fromEntries(
    system.stages.map(({ name, width }) => [name, createBatch(new Float32Array(count * width), [count, width])]),
  );
  let revision = 0 as Revision;
  let powerOfAll = 0;
  for (let row = 0; row < count; row += system.traits.largestBatch) {
    const rows = Math.min(system.traits.largestBatch, count - row);
    const measured = await system.respond(
      takeRows(
        inputs,
        Array.from({ length: rows }, (_, i) => row + i),
      ),
      call,
    );
    revision = measured.revision;
    powerOfAll += measured.powerWatts?.reduce((sum, watts) => sum + watts, 0) ?? Number.NaN;
    for (const { name, width } of system.stages) stages[name]?.data.set(measured.stages[name]?.data ?? [], row * width);
  }
  return { revision, stages, outputs: stages[system.stages.at(-1)?.name as string] as Batch, powerWatts: powerOfAll / count };
}
