import { type AddressInfo, createServer, type Socket } from "node:net";

export type FrozenBrokerOptions = {
  /** Answers subscriptions too, so that a link stands before the silence. @default false */
  readonly subscriptions?: boolean;
  /** MQTT versions it says it does not speak (4 is 3.1.1). @default none */
  readonly refuses?: readonly (4 | 5)[];
};

export interface FrozenBroker extends AsyncDisposable {
  readonly url: string;
  /** Connections until now, those that were refused among them. */
  connections(): number;
  /** Connections that stand. */
  open(): number;
  /** Ends every link; new ones are taken. */
  cut(): void;
}

/** A peer that takes connections as an MQTT broker does and then, as one stopped by SIGSTOP, answers nothing more. */
export async function startFrozenBroker(options: FrozenBrokerOptions = {}): Promise<FrozenBroker> {
  const { subscriptions = false, refuses = [] } = options;
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    let version = 5;
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    socket.on("data", (data) => {
      for (const { type, body } of packetsIn(data)) {
        if (type === 1) {
          connections += 1;
          version = body[6] as number; // after "MQTT" and its length
          const refused = refuses.some((other) => other === version);
          socket.write(Uint8Array.from(version === 5 ? [0x20, 3, 0, refused ? 0x84 : 0, 0] : [0x20, 2, 0, refused ? 1 : 0]));
        }
        if (type === 8 && subscriptions) {
          const id = body.subarray(0, 2);
          socket.write(Uint8Array.from(version === 5 ? [0x90, 4, ...id, 0, 1] : [0x90, 3, ...id, 1]));
        }
      }
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    open: () => sockets.size,
    cut,
    [Symbol.asyncDispose]: async () => {
      cut();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

/** The packets in a piece of stream that ends with one (MQTT 5 §2.1: type, length of 1 to 4 bytes of 7 bits, body). */
function packetsIn(data: Uint8Array): { type: number; body: Uint8Array }[] {
  const packets: { type: number; body: Uint8Array }[] = [];
  for (let at = 0; at < data.length;) {
    const type = (data[at] as number) >> 4;
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = data[(at += 1)] ?? 0;
      length += (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    packets.push({ type, body: data.subarray(at + 1, at + 1 + length) });
    at += 1 + length;
  }
  return packets;
}
