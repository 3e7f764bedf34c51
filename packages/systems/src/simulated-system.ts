import {
  AbortedError,
  checkInputs,
  checkParameters,
  createBatch,
  type Measured,
  type Ports,
  type Revision,
  rowsOf,
  throwIfAborted,
  widthOf,
} from "@ohmwork/core";
import { createCallCount, type CallCountState } from "./call-count.ts";
import { type DeclaredGap, type SimulatedSystem, withSize } from "./declared-gap.ts";

/** The physics of one simulated device, without the manners that all devices have: what it is given has been checked. */
export type Physics = {
  readonly ports: Ports;
  /** Name of the one stage that is measured: the output. */
  readonly stage: string;
  readonly gap: DeclaredGap;
  /** Takes over the parameters [p], of which it keeps no more than a copy: they are the caller's. Absent where there are none. */
  readonly program?: (parameters: Float32Array) => void;
  /**
   * Outputs [rows × outputs] for inputs [rows × inputs] and the parameters of this moment.
   *
   * @param calls calls before this one, for what drifts
   * @param signal for what takes long enough to be stopped
   * @param id of the call, which keys its noise
   */
  readonly respond: (
    inputs: Float32Array,
    rows: number,
    calls: number,
    signal: AbortSignal | undefined,
    id: string | undefined,
  ) => Float32Array | Promise<Float32Array>;
  /** Rows that one call may carry. @default 4096 */
  readonly largestBatch?: number;
  /** Lets go of what the physics hold, such as a loaded graph. */
  readonly dispose?: () => PromiseLike<void>;
};

/** A physical system of plain physics: checks, revisions, aborting, and the count of calls that drift goes by. */
export function createSimulatedSystem(physics: Physics): SimulatedSystem {
  const { ports, stage, largestBatch = 4096 } = physics;
  const outputs = widthOf(ports.outputs);
  const calls = createCallCount();
  let revision = 0;
  let disposed = false;
  const usable = (signal: AbortSignal | undefined): void => {
    throwIfAborted(signal, "A measurement");
    if (disposed) throw new AbortedError("The simulated device");
  };
  return {
    ports,
    traits: { repeatable: true, remote: false, largestBatch },
    stages: [{ name: stage, width: outputs }],
    gap: withSize(physics.gap),
    program: async (parameters, call) => {
      usable(call?.signal);
      checkParameters(ports.parameters, parameters);
      physics.program?.(parameters);
      revision += 1;
      return revision as Revision;
    },
    respond: async (inputs, call): Promise<Measured> => {
      usable(call?.signal);
      checkInputs(ports.inputs, inputs, largestBatch);
      const { count } = rowsOf(inputs);
      const measuredAt = revision as Revision;
      const values =
        count === 0 ? new Float32Array(0) : await physics.respond(inputs.data, count, calls.next(call), call?.signal, call?.id);
      return { revision: measuredAt, stages: { [stage]: createBatch(values, [count, outputs]) } };
    },
    snapshot: async () => new TextEncoder().encode(JSON.stringify(calls.snapshot())),
    restore: async (state) => calls.restore(JSON.parse(new TextDecoder().decode(state)) as CallCountState),
    [Symbol.asyncDispose]: async () => {
      if (disposed) return;
      disposed = true;
      await physics.dispose?.();
    },
  };
}
