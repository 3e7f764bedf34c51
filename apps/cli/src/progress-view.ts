import { styleText } from "node:util";
import type { Clock } from "@ohmwork/core";
import { plotLines } from "./plot.ts";
import { createScreen, type Screen } from "./screen.ts";

/** How far a run is. */
type RunProgress = {
  /** Presentations so far, and in all. */
  readonly step: number;
  readonly steps: number;
  /** What is to become small, since the last report: mean squared error of the free outputs [V²] if it is not said what. */
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

/** What is plotted: its name above a plot, and on a plain line before and after its number. */
type Plotted = { readonly title: string; readonly name: string; readonly unit: string };

const freeError: Plotted = { title: "error of the free state, V²", name: "error", unit: " V²" };
export const lossOfBatches: Plotted = { title: "loss", name: "loss", unit: "" };

/**
 * A bar with the time left, the score and a plot of the error on a terminal; now and then a plain line elsewhere. Several views
 * of one terminal share a screen.
 */
export function createProgressView(
  where: NodeJS.WriteStream | Screen,
  title: string,
  clock: Clock,
  plotted: Plotted = freeError,
): ProgressView {
  const screen = "panel" in where ? where : createScreen(where);
  return (screen.stream.isTTY ? liveView : plainView)(screen, title, timeLeft(clock), clock, plotted);
}

/** Tells the time left by what was done since the first report: a run may be gone on with at any step. */
function timeLeft(clock: Clock): (progress: RunProgress) => string {
  let first: { readonly step: number; readonly at: number } | undefined;
  return ({ step, steps }) => {
    if (step >= steps) return "done";
    first ??= { step, at: clock.monotonic() };
    const left = ((clock.monotonic() - first.at) * (steps - step)) / (step - first.step);
    if (!Number.isFinite(left)) return "…";
    return left < 90 ? `${Math.ceil(left)} s left` : `${Math.ceil(left / 60)} min left`;
  };
}

type View = (
  screen: Screen,
  title: string,
  left: (progress: RunProgress) => string,
  clock: Clock,
  plotted: Plotted,
) => ProgressView;

const liveView: View = (screen, title, left, _clock, plotted) => {
  const { stream } = screen;
  const panel = screen.panel();
  const errors: number[] = [];
  const dim = (text: string): string => styleText("dim", text, { stream });
  return {
    show: (progress) => {
      errors.push(progress.error);
      const share = progress.step / progress.steps;
      const filled = Math.round(share * BAR_WIDTH);
      const bar = styleText("cyan", "━".repeat(filled), { stream }) + dim("━".repeat(BAR_WIDTH - filled));
      const time = left(progress);
      panel.draw([
        styleText("bold", title, { stream }),
        `${bar} ${String(Math.round(share * 100)).padStart(3)} %  ${time}`,
        `${progress.scoreName} ${styleText("green", progress.score, { stream })}`,
        dim(plotted.title),
        ...plotLines(errors, PLOT).map(dim),
        ...(progress.notes ?? []),
      ]);
    },
    end: () => panel.end(),
  };
};

const plainView: View = ({ stream }, title, left, clock, plotted) => {
  let lastLine = Number.NEGATIVE_INFINITY;
  return {
    show: (progress) => {
      const now = clock.monotonic();
      const isLast = progress.step >= progress.steps;
      if (!isLast && now - lastLine < PLAIN_LINE_SECONDS) return;
      lastLine = now;
      const time = left(progress);
      const percent = Math.round((100 * progress.step) / progress.steps);
      stream.write(
        `${title}: ${percent} %, ${time}, ${progress.scoreName} ${progress.score}, ${plotted.name} ${progress.error.toPrecision(3)}${plotted.unit}\n`,
      );
    },
    end: () => undefined,
  };
};
