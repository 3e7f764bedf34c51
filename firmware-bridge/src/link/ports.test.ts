import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { Seconds } from "@ohmwork/core";
import { systemClock } from "@ohmwork/runtime";
import { afterEach, describe, expect, it } from "vitest";
import { createFakeBoard } from "../testing/fake-board.ts";
import { openBoardLink } from "./board-link.ts";
import { serialPort } from "./serial-port.ts";
import { tcpPort } from "./tcp-port.ts";

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
});

/** A fake board behind a socket; it stays the same board whoever connects. */
async function listen(): Promise<{ port: number; sockets: Socket[] }> {
  const board = createFakeBoard({ solve: () => new Uint16Array(1), edgesOnBench: 2 });
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    void forward(board.listen(), socket);
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => {
      board.write(bytes);
      board.runFor(0.01);
    });
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, sockets };
}

async function forward(source: AsyncIterable<Uint8Array>, socket: Socket): Promise<void> {
  for await (const bytes of source) socket.write(bytes);
}

describe("tcpPort()", () => {
  it("carries a link, which outlives its sockets", async () => {
    const { port, sockets } = await listen();
    const link = openBoardLink(tcpPort("127.0.0.1", port), { clock: systemClock, timing: { reopenSeconds: 0.01 } });
    expect((await link.whenReady(Seconds(10))).epoch).toBe(1);
    expect(await link.request("EDGES 0 0001")).toEqual(["01"]);
    sockets[0]?.destroy();
    expect(await link.request("READ 0")).toEqual(["080"]);
    expect(sockets.length).toBe(2);
    await link[Symbol.asyncDispose]();
  });

  it("says that nobody listens", async () => {
    const { port } = await listen();
    servers.splice(0)[0]?.close();
    await expect(tcpPort("127.0.0.1", port).open()).rejects.toThrow(`No connection to 127.0.0.1:${port}`);
  });
});

describe("serialPort()", () => {
  it("says that there is no such port", async () => {
    await expect(serialPort("/dev/no-such-port").open()).rejects.toThrow("Serial port /dev/no-such-port does not open");
  });
});
