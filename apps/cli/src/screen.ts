import { createLogUpdate } from "log-update";

/** What of a terminal is drawn again and again: panels, one below the other. */
export interface Screen {
  readonly stream: NodeJS.WriteStream;
  panel(): Panel;
  /** A line that stays, above the panels. */
  note(line: string): void;
}

interface Panel {
  draw(lines: readonly string[]): void;
  /** Leaves what was drawn where it is, once all panels have ended. */
  end(): void;
}

/** A stream that is no terminal gets the notes and no panels. */
export function createScreen(stream: NodeJS.WriteStream): Screen {
  const update = createLogUpdate(stream);
  const panels: { lines: readonly string[]; ended: boolean }[] = [];
  const redraw = (): void => {
    if (stream.isTTY) update(panels.map(({ lines }) => lines.join("\n")).join("\n\n"));
  };
  const isLive = (): boolean => stream.isTTY && panels.some(({ lines, ended }) => lines.length > 0 && !ended);
  return {
    stream,
    panel: () => {
      const own: (typeof panels)[number] = { lines: [], ended: false };
      panels.push(own);
      return {
        draw: (lines) => {
          own.lines = lines;
          redraw();
        },
        end: () => {
          own.ended = true;
          if (panels.every(({ ended }) => ended)) update.done();
        },
      };
    },
    note: (line) => {
      if (isLive()) update.persist(line);
      else stream.write(`${line}\n`);
    },
  };
}
