import { type Batch, createBatch, type PhysicalSystem, type Revision, rowsOf, takeRows } from "@ohmwork/core";

/** Measures any number of rows, in as many calls as the system's largest batch asks for. One batch per stage. */
export async function measureRows(
  system: PhysicalSystem,
  inputs: Batch,
  signal?: AbortSignal,
): Promise<{ revision: Revision; stages: Readonly<Record<string, Batch>>; outputs: Batch }> {
  const { count } = rowsOf(inputs);
  const call = signal === undefined ? {} : { signal };
  const stages = Object.fromEntries(
    system.stages.map(({ name, width }) => [name, createBatch(new Float32Array(count * width), [count, width])]),
  );
  let revision = 0 as Revision;
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
    for (const { name, width } of system.stages) stages[name]?.data.set(measured.stages[name]?.data ?? [], row * width);
  }
  return { revision, stages, outputs: stages[system.stages.at(-1)?.name as string] as Batch };
}
