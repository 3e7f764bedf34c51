import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { BadInputError } from "@ohmwork/core";
import { Aedes } from "aedes";

export interface EmbeddedBroker extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Ends every link and listens no longer. */
  close(): Promise<void>;
}

/**
 * A broker inside this process, for demos and tests: MQTT 3.1.1 only, everything in memory, open to whoever reaches it.
 *
 * @param options.port 0 takes a free one
 * @param options.host `@default "127.0.0.1"`
 * @throws BadInputError when the port cannot be listened on
 */
export async function startEmbeddedBroker(options: { port: number; host?: string }): Promise<EmbeddedBroker> {
  const { port, host = "127.0.0.1" } = options;
  const broker = await Aedes.createBroker();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    broker.handle(socket);
  });
  const closeBroker = (): Promise<void> => new Promise((resolve) => broker.close(resolve));
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, resolve);
    });
  } catch (cause) {
    await closeBroker();
    throw new BadInputError(`No broker can listen on ${host}:${port}: ${(cause as Error).message}`, {}, { cause });
  }
  const address = server.address() as AddressInfo;
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> =>
    (closing ??= (async () => {
      const listeningEnds = new Promise<void>((resolve) => void server.close(() => resolve()));
      await closeBroker();
      for (const socket of sockets) socket.destroy();
      await listeningEnds;
    })());
  return {
    url: `mqtt://${host.includes(":") ? `[${host}]` : host}:${address.port}`,
    port: address.port,
    close,
    [Symbol.asyncDispose]: close,
  };
}
