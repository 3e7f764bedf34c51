import { once } from "node:events";
import { createConnection } from "node:net";
import { createByteQueue } from "./byte-queue.ts";
import { BoardUnreachableError } from "./link-errors.ts";
import type { PortBinding } from "./port.ts";

/** A board behind a TCP socket: a serial device server, or an emulator. Opening rejects with BoardUnreachableError when nobody listens. */
export function tcpPort(host: string, port: number): PortBinding {
  const name = `${host}:${port}`;
  const open: PortBinding["open"] = async () => {
    const socket = createConnection({ host, port, noDelay: true });
    const queue = createByteQueue();
    await once(socket, "connect").catch((cause: unknown) => {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new BoardUnreachableError(`No connection to ${name}: ${why}`, { port: name }, { cause });
    });
    socket.on("data", (bytes) => queue.push(bytes));
    socket.on("error", () => undefined); // "close" follows
    socket.on("close", () => queue.end());
    return {
      source: queue.source,
      write: async (bytes) =>
        new Promise((resolve, reject) => socket.write(bytes, (error) => (error instanceof Error ? reject(error) : resolve()))),
      close: async () => {
        if (socket.closed) return;
        socket.destroy();
        await once(socket, "close");
      },
    };
  };
  return { name, open };
}
