import { describe, expect, it } from "vitest";
import { createByteRoom } from "./byte-room.ts";

const never = new AbortController().signal;
const entered = async (taking: Promise<unknown>): Promise<boolean> =>
  Promise.race([taking.then(() => true), new Promise<boolean>((resolve) => void setImmediate(() => resolve(false)))]);

describe("createByteRoom()", () => {
  it("lets in who fits, in the order in which they came", async () => {
    const room = createByteRoom(10);
    const leave = await room.take(6, never);
    const large = room.take(8, never);
    const small = room.take(2, never);
    expect(await entered(large)).toBe(false);
    expect(await entered(small)).toBe(false); // behind the large one, though there is room
    leave();
    leave(); // once only
    expect(await entered(large)).toBe(true);
    expect(await entered(small)).toBe(true);
    expect(await entered(room.take(1, never))).toBe(false);
  });

  it("lets in alone what is larger than all of it", async () => {
    const room = createByteRoom(10);
    const leave = await room.take(1, never);
    const huge = room.take(99, never);
    expect(await entered(huge)).toBe(false);
    leave();
    expect(await entered(huge)).toBe(true);
  });

  it("forgets who does not want to wait any more, and lets in who stood behind", async () => {
    const room = createByteRoom(10);
    await room.take(6, never);
    const stop = new AbortController();
    const large = room.take(8, stop.signal);
    const small = room.take(2, never);
    stop.abort();
    await expect(large).rejects.toMatchObject({ code: "aborted" });
    expect(await entered(small)).toBe(true);
    await expect(room.take(1, stop.signal)).rejects.toMatchObject({ code: "aborted" });
  });
});
