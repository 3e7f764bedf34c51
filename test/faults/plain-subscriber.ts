import { connect } from "node:net";

/** A subscriber of a few bytes, without a library that would end a link on which nothing comes. */
export interface PlainSubscriber extends AsyncDisposable {
  /** That it was sent. */
  bytes(): number;
  /** Reads nothing from now on, and keeps its link. */
  freeze(): void;
}

const text = (value: string): Buffer => Buffer.concat([Buffer.from([0, value.length]), Buffer.from(value)]);
/** One packet of MQTT 3.1.1 that is shorter than 128 bytes (§2.2.3). */
const packet = (type: number, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([type, body.length]), body]);
};

/** Subscribes to a topic with QoS 0 at a broker on loopback, which never has to ask whether it is there (keep-alive 0). */
export async function subscribePlainly(port: number, topic: string): Promise<PlainSubscriber> {
  const socket = connect({ port, host: "127.0.0.1" });
  let bytes = 0;
  const stands = Promise.withResolvers<void>();
  socket.on("error", stands.reject);
  socket.on("data", (data) => {
    bytes += data.length;
    if (data.at(-5) === 0x90 || data[0] === 0x90) stands.resolve(); // SUBACK
  });
  socket.write(packet(0x10, text("MQTT"), Buffer.from([4, 2, 0, 0]), text("plain")));
  socket.write(packet(0x82, Buffer.from([0, 1]), text(topic), Buffer.from([0])));
  await stands.promise;
  return {
    bytes: () => bytes,
    freeze: () => void socket.pause(),
    [Symbol.asyncDispose]: async () => void socket.destroy(),
  };
}
