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
  for (const [path, message] of [
    ["/dev/no-such-port", "Serial port /dev/no-such-port: there is no such port; is the board plugged in?"],
    ["/dev/null", "Serial port /dev/null: that is no serial port"],
  ] as const) {
    it(`says of ${path} why it does not open, and a link says it at once`, async () => {
      await expect(serialPort(path).open()).rejects.toMatchObject({ code: "board-unreachable", message });
      await using link = openBoardLink(serialPort(path), { clock: systemClock });
      await expect(link.whenReady(Seconds(600))).rejects.toMatchObject({ code: "board-unreachable", message });
    });
  }

  it.skipIf(!hasPrograms("a serial port on a pseudo-terminal", ["python3"]))(
    "carries a link, survives a reset without DTR, and says that it has gone",
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

      const left = await binding.open();
      terminal.stdin.end();
      await gone;
      for await (const _ of left.source); // ends
      const message = `Serial port ${path}: it has gone; was the cable pulled?`;
      await expect(left.write(Uint8Array.of(0x0a))).rejects.toMatchObject({ code: "board-unreachable", message });
      await left.close();
    },
  );
});
