import type { SwarmState } from "@ohmwork/agent";
import { createLogUpdate } from "log-update";

/** Shows a swarm while it runs; `end` leaves its last state on the screen. */
export interface SwarmView {
  show(state: SwarmState): void;
  /** Says something beside it. */
  note(line: string): void;
  end(): void;
}

/** Looks between two plain lines: a log that someone reads later, not a film. */
const looksPerLine = 4;

/** One line that changes on a terminal, a plain line now and then elsewhere. */
export function createSwarmView(stream: NodeJS.WriteStream, devices: number): SwarmView {
  if (!stream.isTTY) {
    let looks = 0;
    return {
      show: (state) => {
        if (looks % looksPerLine === 0) stream.write(`${lineOf(state, devices)}\n`);
        looks += 1;
      },
      note: (line) => void stream.write(`${line}\n`),
      end: () => undefined,
    };
  }
  const update = createLogUpdate(stream);
  return {
    show: (state) => update(lineOf(state, devices)),
    note: (line) => update.persist(line),
    end: () => update.done(),
  };
}

function lineOf({ connected, measured, acknowledged, waiting, delay }: SwarmState, devices: number): string {
  const took =
    delay === undefined
      ? ""
      : `, ${(1000 * delay.medianSeconds).toFixed(0)} ms (99 %: ${(1000 * delay.p99Seconds).toFixed(0)} ms)`;
  return `${connected} of ${devices} connected; samples: ${measured} measured, ${acknowledged} acknowledged${took}, ${waiting} waiting`;
}
