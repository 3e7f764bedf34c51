import { isIPv4 } from "node:net";
import { AbortedError, BadInputError, type Clock, createRandom, type PhysicalSystem, Seconds } from "@ohmwork/core";
import { lockFolder, systemClock } from "@ohmwork/runtime";
import { trustKeys } from "@ohmwork/wire";
import { createDelays, type DelaySummary } from "./delays.ts";
import { startMember, type SwarmMember } from "./swarm-member.ts";

export type SwarmOptions = {
  /** On loopback. */
  readonly broker: string;
  readonly fleet: string;
  /** At most 5000. */
  readonly devices: number;
  /** Made for the n-th device, from 0; it is disposed of with the swarm. */
  readonly system: (n: number) => PhysicalSystem;
  readonly systemName: string;
  /** Of what is measured, and of the waits before a link is tried again. */
  readonly seed: number;
  /** Devices that begin to connect each second. @default 200 */
  readonly connectsPerSecond?: number;
  /** Samples of each device. @default 0 */
  readonly samplesPerSecond?: number;
  /** Public keys of those who may send updates and leases. @default none */
  readonly updateKeys?: readonly Uint8Array[];
  /** Folder in which the devices keep what survives the process. @default they keep it in memory */
  readonly state?: string;
  /** @default systemClock */
  readonly clock?: Clock;
  /** What the first device has to say: the others have the same troubles. */
  readonly onTrouble?: (message: string) => void;
};

export type SwarmState = {
  readonly begun: number;
  readonly connected: number;
  /** Samples that were measured and taken into an outbox, and those of them that a trainer acknowledged. */
  readonly measured: number;
  readonly acknowledged: number;
  readonly waiting: number;
  readonly dropped: number;
  /** From being taken into the outbox to being acknowledged; absent while nothing was. */
  readonly delay?: DelaySummary;
};

/** Devices that run what an agent runs, each with a link, an outbox and slots of its own, in one process. */
export interface Swarm extends AsyncDisposable {
  state(): SwarmState;
  /** Forgets the delays so far. */
  clearDelays(): void;
  /** Changes how much each device measures, from now on. */
  setSamplesPerSecond(samples: number): void;
  /** Says goodbye for each device after at most `limit` for what is not acknowledged. @default 2 */
  stop(limit?: Seconds): Promise<void>;
}

const mostDevices = 5000;
/** All devices together; beyond it one process measures itself. */
const mostSamplesPerSecond = 20_000;
const tickSeconds = Seconds(0.05);
/**
 * Starts a swarm: devices begin to connect one after the other, and stay until it is stopped.
 *
 * @throws BadInputError when the broker is not on loopback, or more is asked for than a swarm has
 * @throws RangeError when the fleet is not an id
 * @throws StoreFailedError when another process uses the state folder
 */
export async function startSwarm(options: SwarmOptions): Promise<Swarm> {
  const { broker, devices, state, clock = systemClock, connectsPerSecond = 200, seed } = options;
  const { onTrouble = () => undefined } = options;
  if (!isOnLoopback(broker))
    throw new BadInputError("A swarm connects to a broker on loopback only, such as mqtt://127.0.0.1:1883");
  if (!(devices >= 1 && devices <= mostDevices))
    throw new BadInputError(`A swarm has 1 to ${mostDevices} devices, ${devices} given`);
  let samplesPerSecond = checkedRate(options.samplesPerSecond ?? 0, devices);
  const keys = await trustKeys(options.updateKeys ?? []);
  const lock = state === undefined ? undefined : lockFolder(state, onTrouble);
  const delays = createDelays();
  const counts = { measured: 0, acknowledged: 0 };
  const stopping = new AbortController();
  const members: SwarmMember[] = [];
  const random = createRandom(seed, "inputs of a swarm");
  const counted = {
    onTaken: (samples: number) => void (counts.measured += samples),
    onAcknowledged: (seconds: number) => {
      counts.acknowledged += 1;
      delays.add(seconds);
    },
  };

  /** Work at a pace, whatever the timers do: what is owed for less than a second is made up for. */
  const pace = async (perSecond: () => number, work: () => Promise<boolean>): Promise<void> => {
    let owed = 0;
    let last = clock.monotonic();
    try {
      for (;;) {
        const now = clock.monotonic();
        owed = Math.min(owed + (now - last) * perSecond(), Math.max(1, perSecond()));
        last = now;
        for (; owed >= 1; owed -= 1) if (!(await work())) return;
        await clock.sleep(tickSeconds, stopping.signal);
      }
    } catch (error) {
      if (!(error instanceof AbortedError)) throw error;
    }
  };

  const begin = async (): Promise<boolean> => {
    const n = members.length;
    if (n === devices || stopping.signal.aborted) return false;
    members.push(
      await startMember(n, options, { clock, keys, counted, random, onTrouble: n === 0 ? onTrouble : () => undefined }),
    );
    return true;
  };
  let next = 0;
  const measure = async (): Promise<boolean> => {
    const member = members[next % Math.max(1, members.length)];
    next += 1;
    await member?.measure();
    return true;
  };
  const working = [pace(() => connectsPerSecond, begin), pace(() => samplesPerSecond * members.length, measure)];

  const stop = async (limit = Seconds(2)): Promise<void> => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    await Promise.all(working);
    await Promise.all(members.map(({ agent }) => agent.stop(limit)));
    await Promise.all(members.map((member) => member.end()));
    lock?.[Symbol.dispose]();
  };
  return {
    state: () => {
      const outboxes = members.map(({ agent }) => agent.outbox());
      const delay = delays.summary();
      return {
        ...counts,
        begun: members.length,
        connected: members.filter(({ connection }) => connection.connected).length,
        waiting: outboxes.reduce((sum, { depth }) => sum + depth, 0),
        dropped: outboxes.reduce((sum, { dropped }) => sum + dropped, 0),
        ...(delay !== undefined && { delay }),
      };
    },
    clearDelays: () => delays.clear(),
    setSamplesPerSecond: (samples) => void (samplesPerSecond = checkedRate(samples, devices)),
    stop,
    [Symbol.asyncDispose]: () => stop(),
  };
}

function checkedRate(samplesPerSecond: number, devices: number): number {
  if (samplesPerSecond >= 0 && samplesPerSecond * devices <= mostSamplesPerSecond) return samplesPerSecond;
  throw new BadInputError(
    `A swarm measures up to ${mostSamplesPerSecond} samples a second in all, ${samplesPerSecond * devices} asked for`,
  );
}

/** Whether an address is one of this machine that no other one can reach. */
function isOnLoopback(url: string): boolean {
  const host = URL.canParse(url) ? new URL(url).hostname : "";
  return host === "localhost" || host === "[::1]" || (isIPv4(host) && host.startsWith("127."));
}
