import { createRandom, type Random, Seconds } from "@ohmwork/core";
import { recordGuarantee, scaled, testSeed } from "@ohmwork/core/testing";
import { createFakeLearner } from "@ohmwork/runtime/testing";
import {
  encode,
  hashOfPorts,
  hashOfValues,
  type Lease,
  messages,
  type Respond,
  sealParameterSet,
  signUpdate,
} from "@ohmwork/wire";
import { expect, it } from "vitest";
import {
  benchStart,
  benchTrainer,
  createLeaseBench,
  type LeaseBench,
  leaseOf,
  settle,
  watchedSystem,
} from "../testing/lease-bench.ts";

type Issued = Pick<Lease, "run" | "sequence" | "low" | "high" | "expires"> & { grant: Respond["grant"]; over: boolean };

const portsHash = await hashOfPorts(createFakeLearner().ports);
const runs = ["run-1", "run-2"];
const anywhere = (random: Random): Float32Array => Float32Array.of(2 * random.uniform() - 1, 2 * random.uniform() - 1);
const isWithin = (values: Float32Array, { low, high }: Issued): boolean =>
  values.every((value, i) => value >= (low[i] as number) && value <= (high[i] as number));

/** Whatever comes in whatever order: `onForbidden` is told of each move that nothing allows at its time. */
async function play(
  random: Random,
  steps: number,
  onForbidden: (what: string) => void,
): Promise<{ bench: LeaseBench; leased: number }> {
  const issued: Issued[] = [];
  const updates = new Set<string>();
  const resting = new Set(["0,0"]);
  let leased = 0;
  /** Once it has started. */
  const started: { bench?: LeaseBench } = {};
  const inner = watchedSystem();
  const system = {
    ...inner,
    program: async (...[values, call]: Parameters<typeof inner.program>) => {
      const revision = await inner.program(values, call);
      const at = values.join();
      const { trustedLease } = started.bench?.slots.ledger() ?? {};
      // The lease that the disk says is the newest, in its time, and not told to end.
      const lease = issued.find(({ sequence }) => sequence === trustedLease?.number);
      const mayStand =
        lease !== undefined && !lease.over && lease.expires > (started.bench?.clock.now() ?? 0) && isWithin(values, lease);
      if (resting.has(at) || updates.has(at)) return revision;
      leased += 1;
      if (!mayStand) onForbidden(`${at} under lease ${lease?.sequence}, ${lease?.low.join()} to ${lease?.high.join()}`);
      return revision;
    },
  };
  const bench = await createLeaseBench({ system });
  started.bench = bench;
  const { clock, trainer } = bench;
  let requests = 0;
  const request = async (lease: Issued, isGranted: boolean): Promise<void> => {
    const middle = lease.low.map((low, i) => (low + (lease.high[i] as number)) / 2 + (random.uniform() - 0.5) / 1024);
    const values = random.below(4) === 0 ? anywhere(random) : middle;
    const respond: Respond = {
      request: `q-${(requests += 1)}`,
      run: lease.run,
      lease: lease.sequence,
      ...(isGranted && lease.grant !== undefined && { grant: lease.grant }),
      parameters: await hashOfValues(values),
      values,
      inputs: Float32Array.of(1, 2),
      rows: 1,
      expires: benchStart + 3_600_000,
    };
    await trainer.publish("ohmwork/v1/home/d1/respond", encode("respond", respond), messages.respond);
  };
  const actions: (() => Promise<void>)[] = [
    async () => {
      const at = anywhere(random).map((value) => 0.75 * value);
      const terms = {
        run: runs[random.below(2)] as string,
        sequence: issued.length + 1,
        low: at.map((value) => value - 0.125),
        high: at.map((value) => value + 0.125),
        signedAt: clock.now(),
        expires: clock.now() + 1000 * (1 + random.below(30)),
      };
      const lease = { ...terms, grant: await leaseOf(terms), over: false };
      issued.push(lease);
      await request(lease, true);
    },
    async () => {
      const lease = issued[random.below(Math.max(1, issued.length))];
      if (lease !== undefined) await request(lease, random.below(2) === 0);
    },
    async () => {
      const lease = issued.at(-1);
      if (lease !== undefined) await request(lease, false);
    },
    async () => {
      const run = runs[random.below(2)] as string;
      const command = { request: `c-${(requests += 1)}`, by: "ada", arguments: { run }, expires: benchStart + 3_600_000 };
      // One that a request has brought and that does not stand yet ends after that request.
      const standing = bench.reported()?.lease?.sequence;
      await trainer.publish("ohmwork/v1/home/d1/command/release", encode("command", command), messages.command);
      for (const lease of issued) if (lease.sequence === standing && lease.run === run) lease.over = true;
    },
    async () => {
      const values = anywhere(random);
      updates.add(values.join());
      const version = updates.size;
      const set = { values, encoding: "volts", classes: [], ports: portsHash, twins: {}, origin: "update", madeAt: 1 } as const;
      const terms = { version, discardLocal: true, requires: [], signedAt: clock.now(), expires: clock.now() + 3_600_000 };
      const { bytes } = await sealParameterSet(set);
      const signed = await signUpdate({ fleet: "home", target: { device: "d1" }, set: bytes, ...terms }, benchTrainer);
      await trainer.publish("ohmwork/v1/home/d1/desired", encode("desired", signed), messages.desired);
    },
    () => clock.advance(Seconds(random.below(20))),
    () => settle(),
    () => settle(),
  ];
  for (let i = 0; i < steps; i += 1) await actions[random.below(actions.length)]?.();
  await settle();
  await clock.advance(Seconds(120));
  await settle();
  return { bench, leased };
}

it("no wiper moves but under the lease that stands, by an update, or back, in whatever order it all comes", async (context) => {
  const seed = testSeed(7);
  const count = scaled(100);
  const forbidden: string[] = [];
  let moves = 0;
  for (let i = 0; i < count; i += 1) {
    const { bench, leased } = await play(createRandom(seed, `order ${i}`), 40, (what) => void forbidden.push(`${i}: ${what}`));
    moves += leased;
    expect(bench.reported()).not.toHaveProperty("lease");
    const active = bench.slots.active();
    const { current } = bench.reported() ?? {};
    expect(current?.sha256).toBe(active?.id);
    expect(bench.troubles.filter((message) => message.includes("failed"))).toEqual([]);
    await bench.agent.stop();
  }
  expect(forbidden).toEqual([]);
  expect(moves).toBeGreaterThan(count);
  recordGuarantee(context, { guarantee: "P7", fault: "leases, requests, releases, updates and time in any order", count, seed });
}, 120_000);
