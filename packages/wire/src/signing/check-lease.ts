import { type Port, widthOf } from "@ohmwork/core";
import { type Refused, refused, type RefusalReason, type Result } from "../result.ts";
import { checkOrder, type Moment, notBefore, type OrderRefusal, type Trusted } from "./check-order.ts";
import type { Lease, OpenedLease } from "./lease.ts";

/** What a device is and where it stands when a lease comes. */
export type LeaseContext = Moment & {
  readonly fleet: string;
  readonly device: string;
  /** Parameter ports. */
  readonly parameters: readonly Port[];
  /** `hashOfPorts` of all ports. */
  readonly portsHash: string;
  /** Of the last lease that was accepted. */
  readonly trusted?: Trusted;
};

export type LeaseRefusal = RefusalReason | OrderRefusal | "foreign" | "wrong-ports";

/**
 * `accepted`: it takes the place of any earlier one, and ends `milliseconds` from now by the monotonic clock. `known`: it is
 * the one that is held already, and ends when that was going to.
 */
export type LeaseVerdict =
  | {
      readonly verdict: "accepted";
      readonly trusted: Trusted;
      readonly lastSignedAt: number;
      readonly milliseconds: number;
    }
  | { readonly verdict: "known" }
  | ({ readonly verdict: "refused" } & Omit<Refused<LeaseRefusal>, "ok">);

/** Whether a device may take a lease whose signature is good. The same arguments give the same verdict. */
export function checkLease({ lease, digest }: OpenedLease, context: LeaseContext): LeaseVerdict {
  const { sequence: number, signedAt, expires } = lease;
  if (lease.fleet !== context.fleet || lease.device !== context.device) {
    return refuse("foreign", `Lease ${number} is for device ${lease.device} of fleet ${lease.fleet}`);
  }
  const order = checkOrder("Lease", { number, digest, signedAt, expires }, context.trusted, context);
  if (order === "known") return { verdict: "known" };
  if (order !== "fresh") return refuse(order.reason, order.detail);
  const width = widthOf(context.parameters);
  if (lease.ports !== context.portsHash || lease.low.length !== width) {
    return refuse("wrong-ports", `Lease ${number} is for other ports, of ${lease.low.length} parameters; here are ${width}`);
  }
  return {
    verdict: "accepted",
    trusted: { number, digest },
    lastSignedAt: Math.max(context.lastSignedAt, signedAt),
    // No longer than it was made for: a device whose clock is behind would hold it too long.
    milliseconds: Math.min(expires - notBefore(context), expires - signedAt),
  };
}

/** Whether values may be programmed under a lease: as many as there are, and each within its window. */
export function checkLeased(lease: Lease, parameters: Float32Array): Result<Float32Array, "out-of-range"> {
  const { low, high } = lease;
  if (parameters.length !== low.length) {
    return refused("out-of-range", `${parameters.length} values under a lease for ${low.length}`);
  }
  // Written so that NaN is outside.
  const at = parameters.findIndex((value, i) => !(value >= (low[i] as number) && value <= (high[i] as number)));
  if (at < 0) return { ok: true, value: parameters };
  return refused("out-of-range", `Parameter ${at} is ${parameters[at]}, the lease allows ${low[at]} to ${high[at]}`);
}

const refuse = (reason: LeaseRefusal, detail: string): LeaseVerdict => {
  const { ok: _, ...why } = refused(reason, detail);
  return { verdict: "refused", ...why };
};
