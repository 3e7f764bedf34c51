import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { BadInputError } from "@ohmwork/core";
import { guardBroker } from "./access/guard-broker.ts";
import type { Member } from "./access/member.ts";

/**
 * What a subscriber may leave unread before its link is cut [bytes]: the library waits with every message for the slowest
 * subscriber of it, so that one which stops reading would stall all others.
 */
const mostUnread = 16 * 1024 * 1024;

export interface EmbeddedBroker extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /**
   * From now on only these are let in; the links of all others, and of those with a new password, are cut.
   *
   * @throws TypeError when it was started without members, so that it lets in whoever comes
   */
  admit(members: readonly Member[]): void;
  /** Ends every link and listens no longer. */
  close(): Promise<void>;
}

/**
 * A broker inside this process, for demos and tests: MQTT 3.1.1 only, everything in memory.
 *
 * @param options.members who is let in, each to do only what the map of messages says `@default whoever reaches it, to do anything`
 * @param options.onRefusal told, in one line each, who was refused what
 * @param options.port 0 takes a free one
 * @param options.host `@default "127.0.0.1"`
 * @throws BadInputError when the port cannot be listened on
 */
export async function startEmbeddedBroker(options: {
  port: number;
  host?: string;
  members?: readonly Member[];
  onRefusal?: (message: string) => void;
}): Promise<EmbeddedBroker> {
  const { port, host = "127.0.0.1", members, onRefusal = () => undefined } = options;
  const { Aedes } = await import("aedes"); // an agent beside another broker has no need of its memory
  const broker = await Aedes.createBroker({ drainTimeout: 1 });
  const guard = members === undefined ? undefined : guardBroker(broker, members, onRefusal);
  const sockets = new Set<Socket>();
  const server = createServer({ highWaterMark: mostUnread, noDelay: true }, (socket) => {
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
    admit: (list) => {
      if (guard === undefined) throw new TypeError("A broker that was started without members admits whoever comes");
      guard.admit(list);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
