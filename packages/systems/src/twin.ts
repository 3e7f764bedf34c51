import type { PhysicalSystem } from "@ohmwork/core";

/** A differentiable model of one stage of a physical system: an ONNX graph of `inputs` [rows, n] and, where there are any, `parameters` [p]. */
export type Twin = {
  readonly model: Uint8Array;
  /** The stage whose values are the graph's one output. */
  readonly stage: string;
  /** Of `model`, in lower-case hexadecimal: the name under which it is stored. */
  readonly sha256: string;
};

/** A twin with its name. */
export async function createTwin(model: Uint8Array, stage: string): Promise<Twin> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", Uint8Array.from(model)));
  return { model, stage, sha256: Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("") };
}

/**
 * The same system, whose stages name their twins.
 *
 * @throws RangeError when a twin models a stage that the system does not measure
 */
export function withTwins<System extends PhysicalSystem>(system: System, twins: readonly Twin[]): System {
  for (const { stage } of twins) {
    if (!system.stages.some(({ name }) => name === stage))
      throw new RangeError(`Twin models stage ${stage}: expected ${system.stages.map(({ name }) => name).join(" or ")}`);
  }
  const stages = system.stages.map((stage) => {
    const twin = twins.find((one) => one.stage === stage.name);
    return twin === undefined ? stage : { ...stage, twin: twin.sha256 };
  });
  return { ...system, stages };
}
