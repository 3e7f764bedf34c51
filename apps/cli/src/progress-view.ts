import { styleText } from "node:util";
import type { Clock } from "@ohmwork/core";
import { createLogUpdate } from "log-update";
import { plotLines } from "./plot.ts";

/** How far a run is. */
type RunProgress = {
  /** Presentations so far, and in all. */
  readonly step: number;
  readonly steps: number;
  /** Mean squared error of the free outputs since the last report [V²]. */
  readonly error: number;
  /** What the score is called, and its value as text. */
  readonly scoreName: string;
  readonly score: string;
  /** More lines to show below. */
  readonly notes?: readonly string[];
};

/** Shows a run while it goes on; `end` leaves its last state on the screen. */
export interface ProgressView {
  show(progress: RunProgress): void;
  end(): void;
}

const BAR_WIDTH = 32;
const PLOT = { width: 48, height: 5 } as const;
/** Pause between two plain lines [s]: a log that someone reads later, not a film. */
const PLAIN_LINE_SECONDS = 2;

/** A bar with the time left, the score and a plot of the error on a terminal; now and then a plain line elsewhere. */
export function createProgressView(stream: NodeJS.WriteStream, title: string, clock: Clock): ProgressView {
  const started = clock.monotonic();
  return stream.isTTY ? liveView(stream, title, clock, started) : plainView(stream, title, clock, started);
}

function secondsLeft(progress: RunProgress, elapsed: number): string {
  if (progress.step === 0) return "…";
  const left = (elapsed * (progress.steps - progress.step)) / progress.step;
  return left < 90 ? `${Math.ceil(left)} s left` : `${Math.ceil(left / 60)} min left`;
}

function liveView(stream: NodeJS.WriteStream, title: string, clock: Clock, started: number): ProgressView {
  const update = createLogUpdate(stream);
  const errors: number[] = [];
  const dim = (text: string): string => styleText("dim", text, { stream });
  return {
    show: (progress) => {
      errors.push(progress.error);
      const share = progress.step / progress.steps;
      const filled = Math.round(share * BAR_WIDTH);
      const bar = styleText("cyan", "━".repeat(filled), { stream }) + dim("━".repeat(BAR_WIDTH - filled));
      const time = progress.step >= progress.steps ? "done" : secondsLeft(progress, clock.monotonic() - started);
      update(
        [
          styleText("bold", title, { stream }),
          `${bar} ${String(Math.round(share * 100)).padStart(3)} %  ${time}`,
          `${progress.scoreName} ${styleText("green", progress.score, { stream })}`,
          dim("error of the free state, V²"),
          ...plotLines(errors, PLOT).map(dim),
          ...(progress.notes ?? []),
        ].join("\n"),
      );
    },
    end: () => update.done(),
  };
}

function plainView(stream: NodeJS.WriteStream, title: string, clock: Clock, started: number): ProgressView {
  let lastLine = Number.NEGATIVE_INFINITY;
  return {
    show: (progress) => {
      const now = clock.monotonic();
      const isLast = progress.step >= progress.steps;
      if (!isLast && now - lastLine < PLAIN_LINE_SECONDS) return;
      lastLine = now;
      const time = isLast ? "done" : secondsLeft(progress, now - started);
      const percent = Math.round((100 * progress.step) / progress.steps);
      stream.write(
        `${title}: ${percent} %, ${time}, ${progress.scoreName} ${progress.score}, error ${progress.error.toPrecision(3)} V²\n`,
      );
    },
    end: () => undefined,
  };
}
