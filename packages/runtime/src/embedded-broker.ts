import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { BadInputError } from "@ohmwork/core";
import { guardBroker } from "./access/guard-broker.ts";
import type { Member } from "./access/member.ts";

/**
 * What a subscriber may leave unread before its link is cut [bytes]: the library waits with every message for the slowest
 * subscriber of it, so that one which stops reading would stall all others.
 */
const mostUnread = 16 * 1024 * 1024;

/** How a broker proves who it is, and whose certificates it takes for those of members (PEM). */
export type BrokerTls = {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** List, by the authority, of the certificates that count no longer. @default all count */
  readonly revoked?: string;
};

/** How long a client may take to prove who it is. */
const handshakeMilliseconds = 10_000;

export interface EmbeddedBroker extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /**
   * From now on only these are let in; the links of all others, and of those with a new password, are cut.
   *
   * @param revoked takes the place of `tls.revoked`, for links from now on
   * @throws TypeError when it was started without members, so that it lets in whoever comes
   */
  admit(members: readonly Member[], revoked?: string): void;
  /** Ends every link and listens no longer. */
  close(): Promise<void>;
}

/**
 * A broker inside this process, for demos and tests: MQTT 3.1.1 only, everything in memory.
 *
 * @param options.members who is let in, each to do only what the map of messages says `@default whoever reaches it, to do anything`
 * @param options.tls every link is TLS 1.3, and takes a certificate of the authority, whose common name is the user name `@default no TLS`
 * @param options.onRefusal told, in one line each, who was refused what
 * @param options.port 0 takes a free one
 * @param options.host `@default "127.0.0.1"`
 * @throws BadInputError when the port cannot be listened on
 */
export async function startEmbeddedBroker(options: {
  port: number;
  host?: string;
  members?: readonly Member[];
  tls?: BrokerTls;
  onRefusal?: (message: string) => void;
}): Promise<EmbeddedBroker> {
  const { port, host = "127.0.0.1", members, tls, onRefusal = () => undefined } = options;
  const { Aedes } = await import("aedes"); // an agent beside another broker has no need of its memory
  const broker = await Aedes.createBroker({ drainTimeout: 1 });
  const guard = members === undefined ? undefined : guardBroker(broker, members, onRefusal);
  const sockets = new Set<Socket>();
  const socketOptions = { highWaterMark: mostUnread, noDelay: true };
  const handle = (socket: Socket): void => void broker.handle(socket);
  const secure = tls === undefined ? undefined : createTlsServer({ ...socketOptions, ...secureOptions(tls) }, handle);
  secure?.on("tlsClientError", ({ message }) => onRefusal(`A client was not let in: ${message}`));
  const server = secure ?? createServer(socketOptions, handle);
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
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
    url: `${secure === undefined ? "mqtt" : "mqtts"}://${host.includes(":") ? `[${host}]` : host}:${address.port}`,
    port: address.port,
    admit: (list, revoked) => {
      if (guard === undefined) throw new TypeError("A broker that was started without members admits whoever comes");
      if (tls !== undefined && revoked !== undefined) secure?.setSecureContext(secureOptions({ ...tls, revoked }));
      guard.admit(list);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

const secureOptions = ({ ca, cert, key, revoked }: BrokerTls): TlsOptions => ({
  ca,
  cert,
  key,
  ...(revoked !== undefined && { crl: revoked }),
  minVersion: "TLSv1.3",
  requestCert: true,
  rejectUnauthorized: true,
  handshakeTimeout: handshakeMilliseconds,
});
