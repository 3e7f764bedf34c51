import type { Clock } from "@ohmwork/core";
import { type Lease, longestLeaseMilliseconds, type Signed, signLease, type Signer } from "@ohmwork/wire";

/** What a lease is for, but for its number and its times. */
export type LeaseTerms = Omit<Lease, "sequence" | "signedAt" | "expires">;

/** A lease as it stands: its number, its end by this machine's clock [ms since 1970], and what the device must have seen. */
type StandingLease = { readonly sequence: number; readonly expires: number; readonly grant: Signed };

/** Keeps one device leased: a new lease, under the next number, when half of the old one has gone by. */
export interface LeaseKeeper {
  /** The lease to ask under now. @throws what the store throws, also when the run was given to somebody else */
  current(): Promise<StandingLease>;
  /** The device does not take this one any more: the next `current` gives another. */
  lost(sequence: number): void;
  /** By the device's clock it is over already: the next one is twice as long, an hour at the most. */
  lengthen(sequence: number): void;
}

/** A device is back in its committed set so long after a trainer that vanished, where their clocks agree. */
const firstMilliseconds = 120_000;

export function createLeaseKeeper(
  terms: LeaseTerms,
  options: { readonly clock: Clock; readonly signer: Signer; readonly nextSequence: () => Promise<number> },
): LeaseKeeper {
  const { clock, signer, nextSequence } = options;
  let length = firstMilliseconds;
  let standing: Promise<StandingLease> | undefined;
  let sequence = 0;
  let renewAt = 0;

  const renew = async (): Promise<StandingLease> => {
    sequence = await nextSequence();
    const signedAt = Math.floor(clock.now());
    const lease = { ...terms, sequence, signedAt, expires: signedAt + length };
    return { sequence, expires: lease.expires, grant: await signLease(lease, signer) };
  };

  return {
    current: () => {
      const now = clock.monotonic() * 1000;
      if (standing !== undefined && now < renewAt) return standing;
      renewAt = now + length / 2;
      const renewed = renew();
      standing = renewed;
      renewed.catch(() => (standing = undefined));
      return renewed;
    },
    lost: (number) => {
      if (number === sequence) standing = undefined;
    },
    lengthen: (number) => {
      if (number !== sequence) return;
      standing = undefined;
      length = Math.min(2 * length, longestLeaseMilliseconds);
    },
  };
}
