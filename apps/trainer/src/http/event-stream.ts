import { PassThrough, type Readable } from "node:stream";

/** What is told to whoever listens. */
export type FleetEvent =
  | { readonly kind: "progress" | "status"; readonly device: string; readonly data: object }
  | { readonly kind: "run"; readonly run: string; readonly data: object }
  | { readonly kind: "rollout"; readonly rollout: string; readonly data: object }
  | { readonly kind: "samples"; readonly data: { readonly stored: number; readonly duplicates: number } };

export interface EventStream {
  publish(event: FleetEvent): void;
  /** Server-sent events from now on; ends with `close` or when the reader leaves. */
  subscribe(): Readable;
  readonly listeners: number;
  close(): void;
}

/** Bytes that may wait for one reader; who is further behind is let go, and comes back by itself as browsers do. */
const mostWaitingBytes = 256 * 1024;

/** Tells any number of readers what happens; a slow one holds up nobody. */
export function createEventStream(): EventStream {
  const readers = new Set<PassThrough>();
  return {
    publish: ({ kind, ...rest }) => {
      const text = `event: ${kind}\ndata: ${JSON.stringify(rest)}\n\n`;
      for (const reader of readers) {
        if (reader.writableLength + reader.readableLength > mostWaitingBytes) reader.destroy();
        else reader.write(text);
      }
    },
    subscribe: () => {
      const reader = new PassThrough();
      readers.add(reader);
      reader.once("close", () => readers.delete(reader));
      reader.on("error", () => undefined); // the other end left
      reader.write("retry: 2000\n\n");
      return reader;
    },
    get listeners() {
      return readers.size;
    },
    close: () => {
      for (const reader of readers) reader.end();
    },
  };
}
