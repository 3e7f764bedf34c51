import { EventEmitter } from "node:events";
import type { Transport } from "firmata-io";
import type { LinkPort } from "../link/port.ts";

/** An open port in the shape that firmata-io takes: `data` with bytes, `close` once when the port has gone. */
export function portTransport(port: LinkPort): Transport {
  const emitter = new EventEmitter();
  let isOpen = true;
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    emitter.emit("close");
  };
  let sent: Promise<void> = Promise.resolve();
  const send = async (bytes: Uint8Array, done: (() => void) | undefined): Promise<void> => {
    try {
      if (isOpen) await port.write(bytes);
      done?.();
    } catch {
      close();
    }
  };
  const write = (bytes: Uint8Array, done?: () => void): void => {
    const copy = Uint8Array.from(bytes);
    sent = sent.then(async () => send(copy, done));
  };
  const pump = async (): Promise<void> => {
    for await (const chunk of port.source) emitter.emit("data", chunk);
  };
  void pump().then(close, close);
  return Object.assign(emitter, { write });
}
