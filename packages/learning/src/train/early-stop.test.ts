import type { PhysicalSystem } from "@ohmwork/core";
import { describe, expect, it } from "vitest";
import { ringOptions, ringParts } from "../testing/rings.ts";
import { type Phase, trainingRules } from "./phase.ts";
import { train, type TrainingProgress } from "./train.ts";
import type { TrainingState } from "./training-state.ts";

type Told = { readonly epochs: TrainingState[]; readonly reports: TrainingProgress[]; readonly end: TrainingState };

/** A training that is told a score for each epoch, in turn, and may be stopped and taken up again at a report. */
async function trained(
  scores: readonly number[],
  { patience = 2, phases = trainingRules.pat, from }: { patience?: number; phases?: readonly Phase[]; from?: TrainingState } = {},
): Promise<Told> {
  const epochs: TrainingState[] = [];
  const validate = async (state: TrainingState): Promise<number> => {
    epochs.push(state);
    return scores[state.phase * 100 + state.epoch] ?? 0;
  };
  const run = { seed: 1, reportEvery: 7, validate, ...(from === undefined ? {} : { from }) };
  const training = train(ringParts(), phases, { ...ringOptions, epochs: 8, patience }, run);
  const reports: TrainingProgress[] = [];
  for (;;) {
    const next = await training.next();
    if (next.done === true) return { epochs, reports, end: next.value };
    reports.push(next.value);
  }
}

describe("early stop", () => {
  it("ends a phase when no epoch of the last few was better, with the parameters of the best", async () => {
    const { epochs, end } = await trained([0.5, 0.7, 0.6, 0.7, 0.9]);
    expect(epochs.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3]);
    expect(end.parameters).toEqual(epochs[1]?.parameters);
    expect(end.parameters).not.toEqual(epochs[3]?.parameters);
    expect(end.best).toBeUndefined();
    expect(end.counts.sparedSteps).toBe(4 * 20);
  });

  it("goes through all epochs while there is hope, and gives the best all the same", async () => {
    const { epochs, end } = await trained([0.1, 0.2, 0.1, 0.3, 0.2, 0.4, 0.5, 0.3]);
    expect(epochs).toHaveLength(8);
    expect(end.counts.sparedSteps).toBe(0);
    expect(end.parameters).toEqual(epochs[6]?.parameters);
  });

  it("takes a score that is no number for none", async () => {
    const { epochs, end } = await trained([Number.NaN, 0.2, Number.NaN, Number.NaN, 0.5]);
    expect(epochs.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3]);
    expect(end.parameters).toEqual(epochs[1]?.parameters);
  });

  it("begins anew in each phase", async () => {
    const scores = [0.9, 0.1, 0.1];
    scores[100] = 0.2;
    scores[101] = 0.3;
    const { epochs, end } = await trained(scores, { phases: [...trainingRules["in-silico"], ...trainingRules.pat] });
    expect(epochs.map(({ phase, epoch }) => `${phase}/${epoch}`)).toEqual(["0/0", "0/1", "0/2", "1/0", "1/1", "1/2", "1/3"]);
    expect(end.parameters).toEqual(epochs[4]?.parameters);
  });

  it("goes on from any report to the same end", async () => {
    const scores = [0.5, 0.7, 0.6, 0.7, 0.9];
    const whole = await trained(scores);
    expect(whole.reports.length).toBeGreaterThan(10);
    for (const at of [2, 5, 6, whole.reports.length - 1]) {
      const { state } = whole.reports[at] as TrainingProgress;
      const { end, reports } = await trained(scores, { from: state });
      expect(end.parameters).toEqual(whole.end.parameters);
      expect(reports.map(({ steps }) => steps)).toEqual(whole.reports.slice(at + 1).map(({ steps }) => steps));
    }
  });

  it("takes along what a device has been through in a phase that only scores by it", async () => {
    const statesOf = async (from?: TrainingState): Promise<TrainingState[]> => {
      let asked = 0;
      const parts = ringParts();
      const device: PhysicalSystem = {
        ...(parts.devices["bent"] as PhysicalSystem),
        snapshot: async () => Uint8Array.of(asked),
        restore: async ([saved]) => {
          asked = saved as number;
        },
      };
      const validate = async (): Promise<number> => (asked += 1);
      const options = { ...ringOptions, epochs: 3, patience: 3 };
      const run = { seed: 1, reportEvery: 100, validate, ...(from === undefined ? {} : { from }) };
      const states: TrainingState[] = [];
      for await (const { state } of train({ ...parts, devices: { bent: device } }, trainingRules["in-silico"], options, run))
        states.push(state);
      return states;
    };
    const whole = await statesOf();
    expect(whole.map(({ devices }) => devices["bent"]?.[0])).toEqual([1, 2, 3]);
    expect((await statesOf(whole[0])).at(-1)).toEqual(whole.at(-1));
  });

  it("needs something to score by", async () => {
    const training = train(ringParts(), trainingRules.pat, { ...ringOptions, patience: 2 }, { seed: 1 });
    await expect(training.next()).rejects.toThrow(
      new TypeError("Training with patience needs validate, by which an epoch is better than another"),
    );
  });
});
