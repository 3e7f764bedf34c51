import { checkInputs, checkParameters, PortRangeError, type Ports, widthOf } from "@ohmwork/core";
import type { Respond } from "../messages/steering.ts";
import { accepted, refused, type Result } from "../result.ts";
import { checkLeased } from "./check-lease.ts";
import { type Moment, notBefore } from "./check-order.ts";
import type { Lease } from "./lease.ts";
import { hashOfValues } from "./parameter-set.ts";

/** What a device is and holds when it is asked to measure. */
export type RespondContext = Moment & {
  readonly ports: Ports;
  readonly largestBatch: number;
  /** The lease that stands, if one does. */
  readonly lease?: Lease;
  /** Parameter values that came before, by their hash. */
  readonly known: (hash: string) => Float32Array | undefined;
};

/** `no-lease` and `unknown-values` ask for the same request again with all that it names by a hash or a number. */
export type RespondRefusal = "no-lease" | "unknown-values" | "wrong-values" | "expired" | "invalid" | "out-of-range";

/** The parameters to measure at, or why nothing may be moved for this request. Never throws. */
export async function checkRespond(respond: Respond, context: RespondContext): Promise<Result<Float32Array, RespondRefusal>> {
  const { lease, ports } = context;
  const { rows, inputs, parameters } = respond;
  if (lease === undefined || lease.run !== respond.run || lease.sequence !== respond.lease) {
    return refused(
      "no-lease",
      `Request ${respond.request} stands under lease ${respond.lease} of run ${respond.run}, which does not stand`,
    );
  }
  if (respond.expires <= notBefore(context)) return refused("expired", `Request ${respond.request} expired`);
  const width = widthOf(ports.inputs);
  if (rows < 1 || inputs.length !== rows * width) {
    return refused("invalid", `Request ${respond.request} has ${inputs.length} inputs: expected ${rows} rows of ${width}`);
  }
  const misfit = misfitOf(() => checkInputs(ports.inputs, { data: inputs, shape: [rows, width] }, context.largestBatch));
  if (misfit !== undefined) return refused("out-of-range", misfit);
  const values = respond.values ?? context.known(parameters);
  if (values === undefined) return refused("unknown-values", `No parameters ${parameters.slice(0, 12)} were sent before`);
  if (respond.values !== undefined && (await hashOfValues(values)) !== parameters) {
    return refused("wrong-values", `The parameters are not those of hash ${parameters.slice(0, 12)}`);
  }
  const leased = checkLeased(lease, values);
  if (!leased.ok) return leased;
  // A lease may be wider than the ports: what one does not allow the other does not either.
  const beyond = misfitOf(() => checkParameters(ports.parameters, values));
  return beyond === undefined ? accepted(values) : refused("out-of-range", beyond);
}

/** Why values do not fit their ports, in one line. */
function misfitOf(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof RangeError || error instanceof PortRangeError) return error.message;
    throw error;
  }
}
