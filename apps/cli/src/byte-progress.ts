import { styleText } from "node:util";
import { createLogUpdate } from "log-update";

/** How far something that goes byte by byte is. */
type Bytes = { readonly phase: string; readonly bytes: number; readonly total: number };

/** Shows how far it is; `end` leaves its last state on the screen. */
export type ByteProgress = { readonly show: (progress: Bytes) => void; readonly end: () => void };

const BAR_WIDTH = 32;

/** A bar on a terminal, a plain line at the end of each phase elsewhere. */
export function createByteProgress(stream: NodeJS.WriteStream): ByteProgress {
  if (!stream.isTTY) {
    return {
      show: ({ phase, bytes, total }) => void (bytes === total && stream.write(`${phase}: ${bytes} bytes\n`)),
      end: () => undefined,
    };
  }
  const update = createLogUpdate(stream);
  return {
    show: ({ phase, bytes, total }) => {
      const filled = Math.round((BAR_WIDTH * bytes) / total);
      const bar =
        styleText("cyan", "━".repeat(filled), { stream }) + styleText("dim", "━".repeat(BAR_WIDTH - filled), { stream });
      update(`${phase.padEnd(6)} ${bar} ${String(Math.round((100 * bytes) / total)).padStart(3)} %  ${bytes} of ${total} bytes`);
    },
    end: () => update.done(),
  };
}
