import { type Refused, refused } from "../result.ts";

/** Newest number that was ever trusted, and the sha256 of what was signed under it. To be kept through restarts. */
export type Trusted = { readonly number: number; readonly digest: string };

/** Where a device stands in time. */
export type Moment = {
  /** Wall-clock time [ms since 1970]; counts for nothing as long as it is not synchronised. */
  readonly now: number;
  readonly clockSynchronised: boolean;
  /** Latest time under a good signature: it is not earlier than that, whatever the clock says. To be kept through restarts. */
  readonly lastSignedAt: number;
  /** Monotonic time since that signature came [ms]; 0 after a restart. */
  readonly sinceLastSigned: number;
  /** It has lost what it trusted: as long as its clock is not synchronised it cannot tell what is old. */
  readonly forgotten?: boolean;
};

export type OrderRefusal = "older" | "conflicting" | "expired" | "not-yet" | "forgotten";

/** What clocks of trainers may be ahead of a device's [ms]: they may be off by 10 minutes, each way. */
export const clockSkewMilliseconds = 1_200_000;

/**
 * Whether something signed is newer than what was trusted and not out of date: `fresh`, `known` when it is the very same
 * again, or why it is refused.
 */
export function checkOrder(
  what: string,
  signed: Trusted & { readonly signedAt: number; readonly expires: number },
  trusted: Trusted | undefined,
  moment: Moment,
): "fresh" | "known" | Refused<OrderRefusal> {
  const { number, digest, signedAt, expires } = signed;
  if (moment.forgotten === true && !moment.clockSynchronised) {
    return refused(
      "forgotten",
      `${what} ${number} may be an old one: what was trusted is lost, and the clock is not synchronised`,
    );
  }
  if (trusted !== undefined && number < trusted.number) {
    return refused("older", `${what} ${number} is older than ${trusted.number}, which is trusted already`);
  }
  if (trusted !== undefined && number === trusted.number) {
    if (digest === trusted.digest) return "known";
    return refused("conflicting", `${what} ${number} is another one than the ${number} that is trusted already`);
  }
  const least = notBefore(moment);
  if (moment.clockSynchronised && signedAt > least + clockSkewMilliseconds) {
    return refused("not-yet", `${what} ${number} is signed ${secondsOf(signedAt - least)} s in the future`);
  }
  if (expires <= least) return refused("expired", `${what} ${number} expired ${secondsOf(least - expires)} s ago`);
  return "fresh";
}

/** Earliest that it can be: a clock may have been set back, signatures and monotonic time were not. */
export function notBefore({ now, clockSynchronised, lastSignedAt, sinceLastSigned }: Moment): number {
  return Math.max(lastSignedAt + sinceLastSigned, clockSynchronised ? now : 0);
}

const secondsOf = (milliseconds: number): number => Math.ceil(milliseconds / 1000);
