import type { LinkPort, PortBinding } from "../link/port.ts";
import { BoardUnreachableError } from "../link/link-errors.ts";
import type { VirtualBoard } from "./virtual-board.ts";

/** A virtual board's cable: a binding for the link, and a way to pull it out. */
export interface VirtualPort extends PortBinding {
  /** Pulls the cable: the open port ends and none can be opened. The board stays powered, as one with its own supply does. */
  unplug(): void;
  plugIn(): void;
}

/** The board as a port: opening it starts its time, closing it leaves the board running. One opening at a time. */
export function virtualPort(board: VirtualBoard, name = "virtual"): VirtualPort {
  let isPlugged = true;
  let present: LinkPort | undefined;
  const close = (port: LinkPort | undefined): void => {
    if (port === undefined || port !== present) return;
    present = undefined;
    board.hangUp();
  };
  return {
    name,
    open: async () => {
      if (!isPlugged) throw new BoardUnreachableError(`No port ${name}: its cable is unplugged`, { port: name });
      const use = (): void => {
        if (present !== port) throw new BoardUnreachableError(`Port ${name} has gone`, { port: name });
      };
      const port: LinkPort = {
        source: board.listen(),
        write: async (bytes) => {
          use();
          board.write(bytes);
        },
        reset: async () => {
          use();
          board.reset();
        },
        close: async () => close(port),
      };
      present = port;
      board.start();
      return port;
    },
    unplug: () => {
      isPlugged = false;
      close(present);
    },
    plugIn: () => {
      isPlugged = true;
    },
  };
}
