import type { Command, CommandReply } from "@ohmwork/wire";
import { decode, encode, messages } from "@ohmwork/wire";
import { describe, expect, it } from "vitest";
import { benchStart, createLeaseBench, type LeaseBench, leaseOf, requestOf, until } from "./testing/lease-bench.ts";

async function replyOf(bench: LeaseBench, name: string, changes: Partial<Command> = {}): Promise<CommandReply> {
  const replied = Promise.withResolvers<CommandReply>();
  const topic = `ohmwork/v1/home/d1/command/${name}`;
  await bench.trainer.subscribe(`${topic}/reply`, (_, payload) => {
    const reply = decode("command-reply", payload);
    if (reply.ok) replied.resolve(reply.value);
  });
  const command = { request: "c-1", by: "anna", arguments: {}, expires: benchStart + 1, ...changes };
  await bench.trainer.publish(topic, encode("command", command), messages.command);
  return replied.promise;
}

describe("a command", () => {
  it("release ends the lease of the run that it names, and of no other", async () => {
    const bench = await createLeaseBench();
    await bench.ask(await requestOf());
    expect(await replyOf(bench, "release", { arguments: { run: "run-2" } })).toMatchObject({ result: { released: false } });
    expect(await bench.values()).toEqual([0.25, 0.25]);
    expect(await replyOf(bench, "release", { arguments: { run: "run-1" } })).toEqual({
      request: "c-1",
      boot: "b1",
      ok: true,
      result: { released: true },
    });
    expect(await bench.values()).toEqual([0, 0]);
    expect(bench.reported()).not.toHaveProperty("lease");
    expect(await replyOf(bench, "release", { arguments: { run: "run-1" } })).toMatchObject({ result: { released: false } });
    expect(await bench.ask(await requestOf({ request: "q-2" }))).toMatchObject({ ok: false, reason: "lease-ended" });
  });

  it("release ends the lease of a request that came before it, too", async () => {
    const bench = await createLeaseBench();
    await bench.ask(await requestOf());
    const goingBack = Promise.withResolvers<void>();
    const isGoingBack = Promise.withResolvers<void>();
    bench.system.beforeProgram = () => {
      isGoingBack.resolve();
      return goingBack.promise;
    };
    const narrow = { sequence: 2, low: Float32Array.of(0, 0), high: Float32Array.of(0.125, 0.125) };
    const values = Float32Array.of(0.125, 0.125);
    const answered = bench.ask(await requestOf({ request: "q-2", lease: 2, grant: await leaseOf(narrow), values }));
    await isGoingBack.promise;
    const replied = replyOf(bench, "release", { arguments: { run: "run-1" } });
    goingBack.resolve();
    expect(await answered).toMatchObject({ ok: true });
    expect(await replied).toMatchObject({ result: { released: true } });
    expect(bench.reported()).toMatchObject({ trustedLease: 2 });
    expect(bench.reported()).not.toHaveProperty("lease");
    expect(await bench.values()).toEqual([0, 0]);
  });

  it("replay says how many samples are sent again", async () => {
    const bench = await createLeaseBench();
    expect(await replyOf(bench, "replay", { arguments: { boot: "b1", from: 1 } })).toMatchObject({
      ok: true,
      result: { sent: 0 },
    });
  });

  it.each<[string, string, Partial<Command>]>([
    ["unknown-command", "dance", {}],
    ["unknown-command", "to-string", {}],
    ["expired", "release", { arguments: { run: "run-1" }, expires: benchStart }],
    ["invalid", "release", { arguments: { run: "Run 1" } }],
    ["invalid", "replay", { arguments: { boot: "b1" } }],
  ])("is refused as %s: %s", async (reason, name, changes) => {
    const bench = await createLeaseBench();
    await bench.ask(await requestOf());
    expect(await replyOf(bench, name, changes)).toMatchObject({ request: "c-1", ok: false, reason });
    expect(await bench.values()).toEqual([0.25, 0.25]);
  });

  it("that is none is left, and said", async () => {
    const bench = await createLeaseBench();
    await bench.trainer.publish("ohmwork/v1/home/d1/command/release", Uint8Array.of(1), messages.command);
    await until(() => bench.troubles.length > 0);
    expect(bench.troubles.at(-1)).toContain("A command release was not understood");
  });
});
