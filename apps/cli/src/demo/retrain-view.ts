import { styleText } from "node:util";
import type { Clock } from "@ohmwork/core";
import { nameValueLines } from "../output.ts";
import type { Screen } from "../screen.ts";
import { devicesOf, type Driven } from "./driven.ts";
import type { Retrained, RetrainStep } from "./retrain.ts";

/** Shows a retraining while it goes on. */
export interface RetrainView {
  show(step: RetrainStep): void;
  end(): void;
}

type Kind = RetrainStep["kind"];

const names: Readonly<Record<Kind, string>> = {
  transfer: "trained on their equations",
  retrain: "trained through the devices",
  rollout: "update of the devices",
};
const width = Math.max(...Object.values(names).map((name) => name.length));
const kinds: readonly Kind[] = ["transfer", "retrain", "rollout"];
/** Pause between two plain lines of one step [s]. */
const plainLineSeconds = 4;

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** Three lines that are filled on a terminal; a plain line now and then elsewhere. */
export function createRetrainView(screen: Screen, driven: Driven, clock: Clock): RetrainView {
  const { stream } = screen;
  const title = `${devicesOf(driven).join(", ")}: simulated ${driven.what}`;
  const said = new Map<Kind, string>();
  if (!stream.isTTY) {
    let last = { line: "", at: -Infinity };
    return {
      show: (step) => {
        const { text, done } = textOf(step);
        if (!done && step.kind !== "rollout" && step.run.progress === undefined) return;
        const line = `${names[step.kind]}: ${text}`;
        const isDue = done || clock.monotonic() >= last.at + plainLineSeconds;
        if (line === last.line || !isDue) return;
        last = { line, at: clock.monotonic() };
        screen.note(`${devicesOf(driven).join(", ")} ${line}`);
      },
      end: () => undefined,
    };
  }
  const panel = screen.panel();
  const draw = (): void => {
    const lines = kinds.map((kind) => `  ${styleText("dim", names[kind].padEnd(width), { stream })}  ${said.get(kind) ?? "…"}`);
    panel.draw([styleText("bold", title, { stream }), ...lines]);
  };
  draw();
  return {
    show: (step) => {
      const { text, done } = textOf(step);
      said.set(step.kind, done ? styleText("green", text, { stream }) : text);
      draw();
    },
    end: () => panel.end(),
  };
}

function textOf(step: RetrainStep): { readonly text: string; readonly done: boolean } {
  if (step.kind === "rollout") {
    const { phase, targets = [] } = step.rollout;
    const good = targets.filter((target) => target.phase === "good").length;
    return phase === "done"
      ? { text: `kept by ${good} of ${targets.length}`, done: true }
      : { text: `one wave, on probation: ${good} of ${targets.length} have kept it`, done: false };
  }
  const { state, progress, result } = step.run;
  if (result !== undefined) {
    const { twinAccuracy, deviceAccuracy } = result;
    const there = `${percent(deviceAccuracy)} right on the devices`;
    return { text: step.kind === "transfer" ? `${percent(twinAccuracy)} right on them, ${there}` : there, done: true };
  }
  return { text: progress === undefined ? state : `step ${progress.steps} of ${progress.stepsInAll}`, done: false };
}

/** What a person reads at the end. */
export function retrainedLines(driven: Driven, retrained: Retrained): string[] {
  const { devices, twinAccuracy, accuracyBefore, accuracyAfter, testRows, gapScale, rowsMeasured } = retrained;
  const { tolerance } = driven;
  return [
    `${driven.task}: test accuracy ${percent(accuracyAfter)}, and ${percent(accuracyBefore)} before the devices were retrained`,
    ...nameValueLines([
      ["devices", `${devices.join(", ")}: simulated ${driven.what}`],
      [
        "from their equations",
        tolerance === undefined
          ? `${gapScale} × as far as results are quoted with`
          : `every part off by ${100 * tolerance} %, standard deviation`,
      ],
      ["trained on those", `${percent(twinAccuracy)} there, ${percent(accuracyBefore)} on the devices`],
      ["trained through them", `${rowsMeasured} rows measured over MQTT, under leases`],
      ["update", `a rollout in one wave, on probation: kept by ${devices.length} of ${devices.length}`],
      ["tested on", `${testRows} rows held back`],
    ]),
  ];
}
