import { styleText } from "node:util";
import type { Clock } from "@ohmwork/core";
import { createLogUpdate } from "log-update";

/** Shows how the channels of an ear stand, and the last answers; `end` leaves the last picture on the screen. */
export type ListenView = {
  /** Envelopes [V] and level [dBFS]. */
  readonly envelopes: (volts: Float32Array, decibels: number) => void;
  readonly answer: (line: string) => void;
  readonly end: () => void;
};

/** An envelope's ceiling, and the quietest level that has a bar. */
const CEILING_VOLTS = 3.3;
const QUIET_DECIBELS = -60;
const WIDTH = 48;
const ANSWERS = 5;
/** Pause between two pictures [s]. */
const PICTURE_SECONDS = 0.08;
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** A bar of a share of the width, to an eighth of a letter. */
export function barOf(share: number, width: number): string {
  const eighths = Math.round(8 * width * Math.min(1, Math.max(0, share)));
  return `${"█".repeat(eighths >> 3)}${EIGHTHS[eighths & 7]}`;
}

/** Bars on a terminal; elsewhere a line for each answer. */
export function createListenView(
  stream: NodeJS.WriteStream,
  { title, hertz, clock }: { readonly title: string; readonly hertz: readonly number[]; readonly clock: Clock },
): ListenView {
  if (!stream.isTTY) {
    stream.write(`${title}\n`);
    return { envelopes: () => undefined, answer: (line) => void stream.write(`${line}\n`), end: () => undefined };
  }
  const update = createLogUpdate(stream);
  const answers: string[] = [];
  const dim = (text: string): string => styleText("dim", text, { stream });
  let last = Number.NEGATIVE_INFINITY;
  const fitting = (text: string): string => text.slice(0, Math.max(20, (stream.columns ?? 80) - 1));
  const width = (): number => Math.min(WIDTH, Math.max(8, (stream.columns ?? 80) - 22));
  const line = (name: string, bar: string, value: string, colour: "cyan" | "green"): string =>
    `${dim(name.padStart(9))} ${styleText(colour, bar.padEnd(width()), { stream })} ${value}`;
  return {
    envelopes: (volts, decibels) => {
      const now = clock.monotonic();
      if (now - last < PICTURE_SECONDS) return;
      last = now;
      const level = Number.isFinite(decibels) ? `${decibels.toFixed(0).replace("-", "−")} dBFS` : "silent";
      update(
        [
          styleText("bold", fitting(title), { stream }),
          ...hertz.map((center, k) => {
            const value = volts[k] as number;
            return line(`${center} Hz`, barOf(value / CEILING_VOLTS, width()), `${value.toFixed(2)} V`, "cyan");
          }),
          line("level", barOf(1 - decibels / QUIET_DECIBELS, width()), level, "green"),
          "",
          ...Array.from({ length: ANSWERS }, (_, i) => {
            const answer = fitting(answers[i] ?? "");
            return i === 0 ? styleText("bold", answer, { stream }) : dim(answer);
          }),
        ].join("\n"),
      );
    },
    answer: (text) => {
      answers.unshift(text);
      answers.length = Math.min(answers.length, ANSWERS);
      last = Number.NEGATIVE_INFINITY;
    },
    end: () => update.done(),
  };
}
