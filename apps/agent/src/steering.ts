import { type Clock, throwIfAborted } from "@ohmwork/core";
import type { MqttConnection } from "@ohmwork/runtime";
import type { Reported, TrustedKeys } from "@ohmwork/wire";
import { createCommitted } from "./committed.ts";
import { createDesired } from "./desired.ts";
import type { Device } from "./device.ts";
import { createLeases } from "./leases/leases.ts";
import { createResponder } from "./leases/responder.ts";
import type { SlotStore } from "./slots/slot-store.ts";
import type { Trust } from "./trust.ts";
import type { Turns } from "./turns.ts";
import { createUpdates } from "./updates.ts";
import { publishWhole, subscribeWhole } from "./whole-messages.ts";

export type SteeringOptions = {
  readonly device: Device;
  readonly boot: string;
  readonly slots: SlotStore;
  /** Of those who may send updates and leases. */
  readonly keys: TrustedKeys;
  readonly trust: Trust;
  readonly capabilities: readonly string[];
  readonly connection: MqttConnection;
  readonly clock: Clock;
  readonly inTurn: Turns;
  /** An update came to its end. */
  readonly onUpdated: () => Promise<void>;
  readonly onTrouble: (message: string) => void;
};

/** All by which others move the wipers of a device, and the committed set that it comes back to. */
export interface Steering {
  /** Programs the committed set. */
  restore(): Promise<void>;
  /** Hears what is desired and asked for. */
  start(): Promise<void>;
  /** As soon as no lease is held, in turn: what must not meet wipers that stand elsewhere. */
  freely<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** In turn, unless a lease is held then. */
  unlessLeased<T>(work: () => Promise<T>): Promise<{ readonly value: T } | undefined>;
  /** Commits what was learned, and says so. */
  keepLearned(signal?: AbortSignal): Promise<void>;
  /** Ends the lease of a run; false when it has none. */
  release(run: string): Promise<boolean>;
  reported(): Reported;
  /** Ends any lease, and commits what was learned. */
  stop(): Promise<void>;
}

/** Updates that may wait for the end of a lease; the oldest one gives way. */
const mostWaiting = 8;

export async function createSteering(options: SteeringOptions): Promise<Steering> {
  const { device, boot, slots, keys, trust, connection, clock, inTurn, onUpdated, onTrouble } = options;
  const stopping = new AbortController();
  const committed = await createCommitted({ device, slots, clock, onTrouble });
  const reported = (): Reported => {
    const lease = leases.held();
    const trustedLease = slots.ledger().trustedLease?.number;
    return {
      ...updates.reported(),
      ...(lease !== undefined && { lease: { run: lease.run, sequence: lease.sequence } }),
      ...(trustedLease !== undefined && { trustedLease }),
    };
  };
  const report = (): void => desired.report(reported());
  const updates = await createUpdates({ ...options, committed, onReported: report });
  const leases = await createLeases({ ...options, committed, onChange: report });
  const send = (request: string, answer: Uint8Array): void => void publishWhole(connection, "responded", device, answer, request);
  const responder = createResponder({ device, boot, leases, committed, trust, inTurn, send, onTrouble });
  const waiting: Uint8Array[] = [];
  /** Sequence of the lease that something was last said to wait for. */
  let said = 0;

  const unlessLeased: Steering["unlessLeased"] = (work) =>
    inTurn(async () => (leases.held() === undefined ? { value: await work() } : undefined));

  const freely = async <T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> => {
    const until = signal === undefined ? stopping.signal : AbortSignal.any([signal, stopping.signal]);
    for (;;) {
      const done = await unlessLeased(work);
      if (done !== undefined) return done.value;
      const { run, sequence } = leases.held() ?? { run: "", sequence: said };
      if (sequence !== said) onTrouble(`Learning and updates wait while run ${run} has the device`);
      said = sequence;
      await leases.whenFree(until);
    }
  };

  const take = async (payload: Uint8Array): Promise<void> => {
    waiting.push(payload);
    if (waiting.length > mostWaiting) waiting.shift();
    try {
      await freely(async () => {
        // Begun now it would be rolled back at once, and not be taken again: it is desired at the next start, too.
        throwIfAborted(stopping.signal, "An update");
        const next = waiting.shift();
        if (next !== undefined) await updates.take(next, stopping.signal);
      });
      if (!stopping.signal.aborted) await onUpdated();
    } catch (error) {
      if (!stopping.signal.aborted) onTrouble(`An update could not be taken to its end: ${(error as Error).message}`);
    }
  };
  const desired = createDesired(device, connection, clock, (payload) => void take(payload));

  return {
    restore: async () => {
      await inTurn(() => updates.restore());
      report();
    },
    start: async () => {
      await desired.start();
      if (keys.size > 0) await subscribeWhole(connection, "respond", device, clock, (payload) => void responder.take(payload));
    },
    freely,
    unlessLeased,
    keepLearned: async (signal) => {
      await freely(() => committed.keepLearned(), signal);
      report();
    },
    release: (run) => leases.release(run),
    reported,
    stop: async () => {
      stopping.abort();
      await leases.stop();
      await inTurn(() => committed.keepLearned());
    },
  };
}
