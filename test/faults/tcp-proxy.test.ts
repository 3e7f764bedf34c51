import { type AddressInfo, createConnection, createServer, type Server, type Socket } from "node:net";
import { createRandom } from "@ohmwork/core";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { type LinkFaults, startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";

/** A server that keeps what it hears, a client, and a proxy between them. */
async function linked(
  faults: LinkFaults,
): Promise<{ proxy: TcpProxy; client: Socket; heard: () => string; ended: () => boolean; far: () => Socket }> {
  let heard = "";
  let ended = false;
  let far: Socket | undefined;
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    far = socket;
    socket.on("error", () => undefined);
    socket.on("data", (data) => void (heard += String(data)));
    socket.on("end", () => void (ended = true));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const proxy = await startTcpProxy((server.address() as AddressInfo).port, createRandom(1, "proxy"));
  proxy.inject(faults);
  const client = createConnection({ port: proxy.port, host: "127.0.0.1", allowHalfOpen: true });
  client.on("error", () => undefined);
  onTestFinished(async () => {
    client.destroy();
    far?.destroy();
    await proxy[Symbol.asyncDispose]();
    server.close();
  });
  await vi.waitFor(() => expect(far).toBeDefined());
  return { proxy, client, heard: () => heard, ended: () => ended, far: () => far as Socket };
}

describe("startTcpProxy()", { timeout: 10_000 }, () => {
  it("passes on what it is given, late or not, and both ways", async () => {
    const { client, heard, far, proxy } = await linked({ delay: 0.5, mostSeconds: 0.01 });
    let back = "";
    client.on("data", (data) => void (back += String(data)));
    const sent = Array.from({ length: 50 }, (_, i) => `piece ${i};`);
    for (const piece of sent) {
      client.write(piece);
      await new Promise((resolve) => void setImmediate(resolve));
    }
    far().write("back");
    await vi.waitFor(() => expect([heard(), back]).toEqual([sent.join(""), "back"]));
    expect(proxy.counts.delays).toBeGreaterThan(0);
    client.end();
  });

  it.each([
    ["cut", { cut: 1 }, { cuts: 1 }],
    ["dropped", { drop: 1, mostSeconds: 0.01 }, { drops: 1 }],
  ])("ends a link that is %s, with nothing of the piece", async (_, faults, counts) => {
    const { client, heard, proxy } = await linked(faults);
    const closed = new Promise((resolve) => void client.once("close", resolve));
    client.resume().write("lost");
    await closed;
    expect(heard()).toBe("");
    expect(proxy.counts).toMatchObject(counts);
  });

  it("closes one half and lets the other stand", async () => {
    const { client, far, ended, proxy } = await linked({});
    let back = "";
    client.on("data", (data) => void (back += String(data)));
    proxy.inject({ halfClose: 1 });
    client.write("lost");
    await vi.waitFor(() => expect(ended()).toBe(true));
    proxy.inject({});
    far().write("still");
    await vi.waitFor(() => expect(back).toBe("still"));
  });
});
