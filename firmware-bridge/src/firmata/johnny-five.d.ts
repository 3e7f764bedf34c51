/** What is used here of johnny-five 2.1.0, which brings no types. */
declare module "johnny-five" {
  import type { EventEmitter } from "node:events";
  import type { Firmata } from "firmata-io";

  export class Board extends EventEmitter {
    /** `sigint` would end the process on an interrupt, without a word to anybody else; `timeout` is in milliseconds. */
    constructor(options: { io: Firmata; repl: false; debug: false; sigint: false; timeout: number });
    /** Every board of this process, the first one first: none ever leaves by itself. */
    static readonly cache: Board[];
    /** Time limit of the start, until `ready`. */
    readonly timer: NodeJS.Timeout | null;
    readonly MODES: { readonly OUTPUT: number };
    pinMode(pin: number, mode: number): this;
    digitalWrite(pin: number, value: 0 | 1): this;
    /** Calls back with the code of each report from now on. */
    analogRead(analogPin: number, take: (code: number) => void): this;
  }

  const johnnyFive: { readonly Board: typeof Board };
  export default johnnyFive;
}
