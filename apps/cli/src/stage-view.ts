import { styleText } from "node:util";
import type { Clock } from "@ohmwork/core";
import { createLogUpdate } from "log-update";

/** What is done of a stage, where that is known. */
type Part = { readonly done: number; readonly all: number };

/** Shows what goes on before and after the steps of a run: reading, measuring, testing. */
export type StageView = {
  readonly show: (stage: string, part?: Part) => void;
  /** Takes the view off the screen, so that something else can be shown there. */
  readonly clear: () => void;
};

const BAR_WIDTH = 32;
/** Pause between two plain lines [s]: the first comes at once, a stage shorter than this has none of its own. */
const PLAIN_LINE_SECONDS = 2;

/** A bar with the stage on a terminal; now and then a plain line elsewhere. */
export function createStageView(stream: NodeJS.WriteStream, title: string, clock: Pick<Clock, "monotonic">): StageView {
  return stream.isTTY ? liveView(stream, title) : plainView(stream, title, clock);
}

function liveView(stream: NodeJS.WriteStream, title: string): StageView {
  const update = createLogUpdate(stream);
  return {
    show: (stage, part = { done: 0, all: 1 }) => {
      const filled = Math.round((BAR_WIDTH * part.done) / part.all);
      const bar =
        styleText("cyan", "━".repeat(filled), { stream }) + styleText("dim", "━".repeat(BAR_WIDTH - filled), { stream });
      update(`${styleText("bold", title, { stream })}\n${bar} ${percentOf(part)}  ${stage}`);
    },
    clear: () => update.clear(),
  };
}

function plainView(stream: NodeJS.WriteStream, title: string, clock: Pick<Clock, "monotonic">): StageView {
  let lastLine = Number.NEGATIVE_INFINITY;
  return {
    show: (stage, part) => {
      const now = clock.monotonic();
      if (now - lastLine < PLAIN_LINE_SECONDS) return;
      lastLine = now;
      stream.write(`${title}: ${stage}${part === undefined ? "" : `, ${percentOf(part).trim()}`}\n`);
    },
    clear: () => undefined,
  };
}

function percentOf({ done, all }: Part): string {
  return `${String(Math.round((100 * done) / all)).padStart(3)} %`;
}
