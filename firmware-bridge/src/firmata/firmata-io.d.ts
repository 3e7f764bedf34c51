/** What is used here of firmata-io 2.3.0, which brings no types. */
declare module "firmata-io" {
  import type { EventEmitter } from "node:events";

  /** Emits `data` with bytes, `close` and `error`. */
  export interface Transport extends EventEmitter {
    write(bytes: Uint8Array, done?: () => void): void;
  }

  export class Firmata extends EventEmitter {
    constructor(transport: Transport, options: { samplingInterval: number; reportVersionTimeout: number });
    readonly reportVersionTimeoutId: NodeJS.Timeout;
    reportVersion(callback: () => void): void;
  }

  const bindTransport: { readonly Firmata: typeof Firmata };
  export default bindTransport;
}
