import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { Seconds } from "@ohmwork/core";
import { systemClock } from "@ohmwork/runtime";
import { afterEach, describe, expect, it } from "vitest";
import { createFakeBoard } from "../testing/fake-board.ts";
import { hasPseudoTerminal, openPseudoTerminal } from "../testing/pseudo-terminal.ts";
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

  it("says who may open a port that its user may not", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ohmwork-port-"));
    const path = join(folder, "port");
    await writeFile(path, "", { mode: 0 });
    await chmod(folder, 0o755);
    await serialPort("/dev/no-such-port")
      .open()
      .catch(() => undefined); // the driver is loaded while it may be read
    const isRoot = process.geteuid?.() === 0;
    try {
      if (isRoot) process.seteuid?.(65_534); // nothing is closed to root
      await expect(serialPort(path).open()).rejects.toThrow(
        `Serial port ${path}: not allowed; on Linux add yourself to the group dialout and log in again`,
      );
    } finally {
      if (isRoot) process.seteuid?.(0);
      await rm(folder, { recursive: true });
    }
  });

  it.skipIf(!hasPseudoTerminal("a serial port on a pseudo-terminal"))(
    "carries a link, survives a reset without DTR, and says that it has gone",
    async () => {
      const terminal = await openPseudoTerminal();
      const { path } = terminal;
      const board = createFakeBoard({ solve: () => new Uint16Array(1), edgesOnBench: 2 });
      void forward(board.listen(), terminal.input);
      terminal.output.on("data", (bytes: Buffer) => {
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
      await terminal[Symbol.asyncDispose]();
      for await (const _ of left.source); // ends
      const message = `Serial port ${path}: it has gone; was the cable pulled?`;
      await expect(left.write(Uint8Array.of(0x0a))).rejects.toMatchObject({ code: "board-unreachable", message });
      await left.close();
    },
  );
});
