import { Seconds } from "@ohmwork/core";
import { createFakeClock } from "@ohmwork/core/testing";
import { createFakeBroker, type FakeConnection } from "@ohmwork/runtime/testing";
import { createReassembler, decode, longestMessageBytes } from "@ohmwork/wire";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createDelivery, type Delivery } from "./delivery.ts";
import { createSqliteOutbox } from "./sqlite-outbox.ts";

const range = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i);

/** An outbox with some samples, its delivery, and the `seq` of each sample that reached the broker. */
function fixture(
  samples: number,
  size = 1,
): {
  delivery: Delivery;
  connection: FakeConnection;
  arrived: number[];
  clock: ReturnType<typeof createFakeClock>;
} {
  const broker = createFakeBroker();
  const connection = broker.connect();
  const arrived: number[] = [];
  const topic = "ohmwork/v1/home/d1/sample";
  const take = (payload: Uint8Array): void => {
    const sample = decode("sample", payload, longestMessageBytes);
    if (sample.ok) arrived.push(sample.value.seq);
  };
  const parts = createReassembler();
  void broker.connect().subscribe(topic, (_, payload) => take(payload));
  void broker.connect().subscribe(`${topic}/part/+`, async (_, payload) => {
    const whole = await parts.accept("d1", payload, 0);
    if (whole.ok && whole.value !== undefined) take(whole.value);
  });
  const outbox = createSqliteOutbox({ file: ":memory:", boot: "b1" });
  for (let i = 0; i < samples; i += 1) {
    const inputs = new Float32Array(size).fill(i);
    outbox.add([{ at: 0, clockSynchronised: false, task: "t", revision: 0, inputs, measured: { outputs: inputs } }]);
  }
  onTestFinished(() => outbox[Symbol.dispose]());
  const clock = createFakeClock();
  return { delivery: createDelivery(outbox, connection, { fleet: "home", id: "d1" }, clock), connection, arrived, clock };
}

const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe("createDelivery()", () => {
  it("is never more than 256 samples ahead of the last acknowledgement", async () => {
    const { delivery, arrived } = fixture(600);
    delivery.pump();
    await settle();
    expect(arrived).toEqual(range(1, 256));
    delivery.pump();
    delivery.acknowledge({ b1: 10 });
    await settle();
    expect(arrived).toEqual(range(1, 266));
    delivery.acknowledge({ b1: 266 });
    await settle();
    expect(arrived).toEqual(range(1, 522));
    delivery.acknowledge({ b1: 522 });
    await settle();
    expect(arrived).toEqual(range(1, 600));
  });

  it("sends nothing twice unless it was told to rewind, and then only what is not acknowledged", async () => {
    const { delivery, arrived } = fixture(4);
    delivery.pump();
    delivery.pump();
    delivery.acknowledge({ b1: 2 });
    delivery.rewind();
    delivery.pump();
    await settle();
    expect(arrived).toEqual([1, 2, 3, 4, 3, 4]);
  });

  it("sends nothing without a link", async () => {
    const { delivery, connection, arrived } = fixture(2);
    connection.cut();
    delivery.pump();
    connection.link();
    await settle();
    expect(arrived).toEqual([]);
    delivery.pump();
    await settle();
    expect(arrived).toEqual([1, 2]);
  });

  it("replay() sends again what was sent of a boot from a sample on, and nothing that was not", async () => {
    const { delivery, arrived } = fixture(300);
    expect(delivery.replay("b1", 1)).toBe(0);
    delivery.pump();
    await settle();
    expect(delivery.replay("b1", 255)).toBe(2);
    expect(delivery.replay("b2", 1)).toBe(0);
    expect(delivery.replay("b1", 257)).toBe(0);
    await settle();
    expect(arrived).toEqual([...range(1, 256), 255, 256]);
  });

  it("sends samples that are too long for one message in parts, and few of them at a time", async () => {
    const { delivery, arrived } = fixture(5, 300_000); // 2.4 MB each
    delivery.pump();
    await vi.waitFor(() => expect(arrived).toEqual([1]));
    delivery.acknowledge({ b1: 1 });
    await vi.waitFor(() => expect(arrived).toEqual([1, 2]));
  });

  it("drained() waits for the last acknowledgement, or for its limit", async () => {
    const { delivery, clock } = fixture(2);
    const early = delivery.drained(Seconds(1));
    await clock.advance(Seconds(1));
    expect(await early).toBe(false);
    const late = delivery.drained(Seconds(1));
    delivery.acknowledge({ b1: 2 });
    expect(await late).toBe(true);
    expect(await delivery.drained(Seconds(0))).toBe(true);
  });
});
