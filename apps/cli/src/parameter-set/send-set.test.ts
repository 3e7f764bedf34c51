import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AbortedError, BadInputError, type Port } from "@ohmwork/core";
import { connectMqtt, startEmbeddedBroker } from "@ohmwork/runtime";
import { createSigner, encode, messages, topicOf } from "@ohmwork/wire";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { readSetFile, type SetFile } from "./read-set-file.ts";
import { sendSet, type SendSetOptions } from "./send-set.ts";

const port = (name: string, size: number): Port => ({ name, unit: "V", size, min: -1, max: 1 });

/** A broker that has heard of two devices of a group, of one parameter and of two, which say nothing; and what they were sent. */
async function fixture(): Promise<{
  options: Omit<SendSetOptions, "to" | "signal">;
  desired: [device: string, bytes: number][];
}> {
  const folder = mkdtempSync(join(tmpdir(), "ohmwork-set-"));
  writeFileSync(join(folder, "set.json"), "[0.5]");
  const broker = await startEmbeddedBroker({ port: 0 });
  const fleet = connectMqtt(broker.url, { clientId: "fleet" });
  onTestFinished(async () => {
    await fleet.close();
    await broker.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const desired: [string, number][] = [];
  await fleet.subscribe(
    "ohmwork/v1/home/+/desired",
    (topic, { length }) => void desired.push([topic.split("/")[3] ?? "", length]),
  );
  await vi.waitUntil(() => fleet.connected);
  for (const [device, size] of [
    ["d1", 1],
    ["d2", 2],
  ] as const) {
    const birth = encode("birth", {
      boot: "b1",
      versions: {},
      system: "none",
      rule: "none",
      task: "none",
      ports: { inputs: [port("in", 1)], parameters: [port("weight", size)], outputs: [port("out", 1)] },
      parameters: { revision: 0 },
      outbox: { depth: 0, oldest: 1, dropped: 0 },
      capabilities: ["update"],
      groups: ["all"],
    });
    await fleet.publish(topicOf({ kind: "birth", fleet: "home", device }), birth, messages.birth);
  }
  const signer = await createSigner(new Uint8Array(32).fill(1));
  const set = await readSetFile(join(folder, "set.json"));
  const common = { fleet: "home", broker: broker.url, signer, set, discardLocal: false, seconds: 60, onNote: () => undefined };
  return { options: common, desired };
}

describe("sendSet", () => {
  it("sends nobody a set that does not fit one of a group", async () => {
    const { options, desired } = await fixture();
    const { signal } = new AbortController();
    const set: SetFile = {
      sealFor: async (target) => {
        // The one that does not fit is found last.
        if (target.ports.parameters[0]?.size === 2)
          await vi.waitUntil(() => desired.length > 0, { timeout: 500 }).catch(() => undefined);
        return options.set.sealFor(target);
      },
    };
    await expect(sendSet({ ...options, set, to: { group: "all" }, signal })).rejects.toThrow(BadInputError);
    expect(desired).toEqual([]);
  });

  it("takes back what was not answered when it is told to end", async () => {
    const { options, desired } = await fixture();
    const ending = new AbortController();
    const sending = sendSet({ ...options, to: { device: "d1" }, signal: ending.signal });
    await vi.waitUntil(() => desired.length === 1, { timeout: 10_000 });
    ending.abort();
    await expect(sending).rejects.toThrow(AbortedError);
    await vi.waitUntil(() => desired.length === 2, { timeout: 10_000 });
    expect(desired).toEqual([
      ["d1", expect.toSatisfy((bytes: number) => bytes > 100)],
      ["d1", 0],
    ]);
  });
});
