import { AbortedError, type Clock, Seconds } from "@ohmwork/core";
import {
  checkLease,
  checkLeased,
  hashOfPorts,
  type Lease,
  openLease,
  type Result,
  type Signed,
  type TrustedKeys,
} from "@ohmwork/wire";
import type { Committed } from "../committed.ts";
import type { Device } from "../device.ts";
import type { SlotStore } from "../slots/slot-store.ts";
import type { Trust } from "../trust.ts";
import type { Turns } from "../turns.ts";

export type LeasesOptions = {
  readonly device: Device;
  readonly slots: SlotStore;
  readonly committed: Committed;
  readonly trust: Trust;
  /** Of those who may lease the device. */
  readonly keys: TrustedKeys;
  readonly clock: Clock;
  readonly inTurn: Turns;
  /** A lease began or ended. */
  readonly onChange: () => void;
  readonly onTrouble: (message: string) => void;
};

/** A lease that may be used until its signal fires. */
export type StandingLease = {
  readonly lease: Lease;
  readonly over: AbortSignal;
  /** What was programmed under it last. */
  programmed?: { readonly hash: string; readonly values: Float32Array; readonly revision: number };
};

/** The leases of one device, of which one may stand. */
export interface Leases {
  /** The one that may be used. */
  standing(): StandingLease | undefined;
  /** The one under which wipers may stand elsewhere than in the committed set: also one that has ended, until they are back. */
  held(): Lease | undefined;
  /**
   * In turn: takes a lease for requests of a run under a number, if it may be taken.
   *
   * @throws StoreFailedError when what must be remembered cannot be written; nothing has moved then
   */
  take(grant: Signed, of: { readonly run: string; readonly lease: number }): Promise<Result<StandingLease, string>>;
  /**
   * Ends the lease of a run, or whichever stands, at once, and one that requests before it bring in their turn; waits until the
   * committed set is back. False when there was none.
   */
  release(run?: string): Promise<boolean>;
  /** Waits for the end of the lease that is held. @throws AbortedError when the signal fires */
  whenFree(signal: AbortSignal): Promise<void>;
  /** Ends what stands, and takes nothing any more. */
  stop(): Promise<void>;
}

/** Time between two tries to bring back the committed set. */
const retrySeconds = Seconds(5);

type Held = StandingLease & { readonly ending: AbortController; readonly endsAt: number; told: boolean };

export async function createLeases(options: LeasesOptions): Promise<Leases> {
  const { device, slots, committed, trust, keys, clock, inTurn, onChange, onTrouble } = options;
  const { ports } = device.system;
  const portsHash = await hashOfPorts(ports);
  const stopping = new AbortController();
  let current: Held | undefined;
  let free = Promise.withResolvers<void>();

  /** In turn. False when the committed set could not be brought back: wipers stand elsewhere, so the lease is still held. */
  const end = async (held: Held): Promise<boolean> => {
    if (current !== held) return true;
    try {
      await committed.endDoubt();
    } catch (error) {
      const why = (error as Error).message;
      if (!held.told) onTrouble(`The lease of run ${held.lease.run} is over, and the committed parameters are not back: ${why}`);
      held.told = true;
      return false;
    }
    current = undefined;
    free.resolve();
    onChange();
    return true;
  };

  /** Ends a lease at its time, or when it is told to, and tries until it has. */
  const watch = async (held: Held): Promise<void> => {
    const wait = Seconds(Math.max(0, held.endsAt - clock.monotonic()));
    await clock.sleep(wait, held.over).catch(() => undefined);
    held.ending.abort();
    try {
      while (!(await inTurn(() => end(held)))) await clock.sleep(retrySeconds, stopping.signal);
    } catch (error) {
      if (!(error instanceof AbortedError)) throw error; // the agent stopped
    }
  };

  const standing = (): Held | undefined =>
    current === undefined || current.over.aborted || clock.monotonic() >= current.endsAt ? undefined : current;

  const begin = async (lease: Lease, milliseconds: number): Promise<Held> => {
    const before = current;
    const ending = new AbortController();
    const endsAt = clock.monotonic() + milliseconds / 1000;
    const held: Held = { lease, over: ending.signal, ending, endsAt, told: false };
    const where = before?.programmed;
    // What an earlier lease allowed this one may not.
    if (where !== undefined && before?.lease.run === lease.run && checkLeased(lease, where.values).ok) held.programmed = where;
    else await committed.endDoubt();
    if (before === undefined) free = Promise.withResolvers();
    current = held;
    before?.ending.abort();
    onChange();
    void watch(held);
    return held;
  };

  return {
    standing,
    held: () => current?.lease,
    take: async (grant, of) => {
      if (stopping.signal.aborted) return refuse("lease-ended", "The agent is leaving");
      const opened = await openLease(grant, keys);
      if (!opened.ok) return opened;
      const { lease } = opened.value;
      const { trustedLease: trusted } = slots.ledger();
      const verdict = checkLease(opened.value, {
        ...trust.moment(),
        fleet: device.fleet,
        device: device.id,
        parameters: ports.parameters,
        portsHash,
        ...(trusted !== undefined && { trusted }),
      });
      if (verdict.verdict === "refused") return refuse(verdict.reason, verdict.detail);
      if (lease.run !== of.run || lease.sequence !== of.lease)
        return refuse(
          "no-lease",
          `The lease is ${lease.sequence} of run ${lease.run}, the request names ${of.lease} of ${of.run}`,
        );
      if (verdict.verdict === "known") {
        const held = standing();
        if (held?.lease.sequence === lease.sequence) return { ok: true, value: held };
        return refuse("lease-ended", `Lease ${lease.sequence} has ended: another one is needed`);
      }
      const from = clock.monotonic();
      if (current === undefined) await committed.hold();
      slots.trustLease(verdict.trusted, verdict.lastSignedAt);
      trust.heard();
      const gone = (clock.monotonic() - from) * 1000;
      return { ok: true, value: await begin(lease, Math.max(0, verdict.milliseconds - gone)) };
    },
    release: async (run) => {
      const heldBy = (): Held | undefined => (run === undefined || current?.lease.run === run ? current : undefined);
      const first = heldBy();
      first?.ending.abort();
      return inTurn(async () => {
        // What was asked for before may have brought another one.
        const held = heldBy();
        held?.ending.abort();
        return held === undefined ? first !== undefined : end(held);
      });
    },
    whenFree: async (signal) => {
      if (current === undefined) return;
      const aborted = Promise.withResolvers<never>();
      const abort = (): void => aborted.reject(new AbortedError("Waiting for the end of a lease"));
      signal.addEventListener("abort", abort, { once: true });
      if (signal.aborted) abort();
      try {
        await Promise.race([free.promise, aborted.promise]);
      } finally {
        signal.removeEventListener("abort", abort);
        aborted.promise.catch(() => undefined);
      }
    },
    stop: async () => {
      stopping.abort();
      const held = current;
      if (held === undefined) return;
      held.ending.abort();
      await inTurn(() => end(held));
    },
  };
}

const refuse = (reason: string, detail: string): { ok: false; reason: string; detail: string } => ({ ok: false, reason, detail });
