import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { Writable } from "node:stream";
import { Seconds } from "@ohmwork/core";
import { systemClock } from "@ohmwork/runtime";
import { afterEach, describe, expect, it } from "vitest";
import { hasPrograms } from "../testing/firmware-tools.ts";
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

async function forward(source: AsyncIterable<Uint8Array>, sink: Writable): Promise<void> {
  for await (const bytes of source) sink.write(bytes);
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

/** A pseudo-terminal: what is written to its path comes out of the program, and the other way round. */
const pseudoTerminal = `
import os, pty, select, sys, tty
master, slave = pty.openpty()
tty.setraw(slave)
print(os.ttyname(slave), flush=True)
while True:
    ready, _, _ = select.select([0, master], [], [])
    if 0 in ready:
        data = os.read(0, 4096)
        if not data: sys.exit()
        os.write(master, data)
    if master in ready: os.write(1, os.read(master, 4096))
`;

describe("serialPort()", () => {
  it("says that there is no such port", async () => {
    await expect(serialPort("/dev/no-such-port").open()).rejects.toThrow("Serial port /dev/no-such-port does not open");
  });

  it.skipIf(!hasPrograms("a serial port on a pseudo-terminal", ["python3"]))(
    "carries a link, and survives a reset without DTR",
    async () => {
      const terminal = spawn("python3", ["-c", pseudoTerminal], { stdio: ["pipe", "pipe", "inherit"] });
      const gone = once(terminal, "close");
      const board = createFakeBoard({ solve: () => new Uint16Array(1), edgesOnBench: 2 });
      void forward(board.listen(), terminal.stdin);
      const path = String((await once(terminal.stdout, "data"))[0]).trim();
      terminal.stdout.on("data", (bytes: Buffer) => {
        board.write(bytes);
        board.runFor(0.01);
      });
      const binding = serialPort(path);
      const resetting = await binding.open();
      await resetting.reset?.();
      await resetting.close();
      await resetting.close();

      const link = openBoardLink(binding, { clock: systemClock });
      expect((await link.whenReady(Seconds(10))).epoch).toBe(1);
      expect(await link.request("EDGES 00 0001")).toEqual(["01"]);
      await link[Symbol.asyncDispose]();
      terminal.stdin.end();
      await gone;
    },
  );
});
