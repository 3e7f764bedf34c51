import { createRandom, type Ports } from "@ohmwork/core";
import type { SimulatedSystem } from "../declared-gap.ts";
import { createSimulatedSystem } from "../simulated-system.ts";
import { withPortGap } from "../with-port-gap.ts";
import { CEILING_VOLTS } from "./ear-circuit.ts";
import { CODES, slotsOfTiming } from "./ear-design.ts";
import { declareMixerGap, drawFactor } from "./ear-gap.ts";
import { type EarOptions, gapOfOptions } from "./filter-bank.ts";

export type MixerOptions = EarOptions & { readonly classes: number };

export const scoresStage = "scores";
/** What is taken off an envelope, so that rails of both signs can be made of it [V]. */
export const RAIL_VOLTS = 1;

/**
 * The read-out of an ear: inputs are envelopes [slots × K] V, parameters a weight from −1 to 1 for each envelope and one for 1 V, class
 * after class [classes × (slots × K + 1)], outputs the summed voltage of each class. A weight is a potentiometer between a rail and
 * its opposite, set anew for each slot: its error is the same in all slots.
 *
 * z = (Σ w (e − 1 V) + w₀ · 1 V) / √(n + 1),   n = slots × K
 */
export function createMixer(options: MixerOptions): SimulatedSystem {
  const { mixerOffset, readingNoise } = gapOfOptions(options);
  return withPortGap(mixerWithin(options), { outputOffset: mixerOffset, outputNoise: readingNoise }, options.seed);
}

/** The same, its comparators aside. */
function mixerWithin(options: MixerOptions): SimulatedSystem {
  const { design, classes, seed } = options;
  const gap = gapOfOptions(options);
  const channels = design.channels.length;
  const envelopes = slotsOfTiming(design.timing) * channels;
  const width = envelopes + 1;
  const random = createRandom(seed, "parts of the mixer");
  const pots = Float64Array.from({ length: classes * (channels + 1) }, () => drawFactor(random, gap.tolerance));
  const [above, below] = [0, 1].map(() =>
    Float64Array.from({ length: channels + 1 }, () => gap.mixerOffset * random.normal()),
  ) as [Float64Array, Float64Array];
  const weights = new Float32Array(classes * width);
  return createSimulatedSystem({
    ports: mixerPorts(envelopes, classes),
    stage: scoresStage,
    gap: declareMixerGap(gap),
    program: (parameters) => weights.set(parameters),
    respond: (inputs, rows) => {
      const scores = new Float32Array(rows * classes);
      for (let row = 0; row < rows; row += 1) {
        for (let j = 0; j < classes; j += 1) {
          let sum = 0;
          for (let i = 0; i < width; i += 1) {
            const w = weights[j * width + i] as number;
            const k = i === envelopes ? channels : i % channels;
            const rail = i === envelopes ? RAIL_VOLTS : (inputs[row * envelopes + i] as number) - RAIL_VOLTS;
            const up = ((1 + w) / 2) * (rail + (above[k] as number));
            const down = ((1 - w) / 2) * (-rail + (below[k] as number));
            sum += (pots[j * (channels + 1) + k] as number) * (up + down);
          }
          scores[row * classes + j] = sum / Math.sqrt(width);
        }
      }
      return scores;
    },
  });
}

function mixerPorts(envelopes: number, classes: number): Ports {
  const largest = Math.sqrt(envelopes + 1) * CEILING_VOLTS;
  return {
    // A reading may lie a little beyond what it is read of.
    inputs: [{ name: "envelope", unit: "V", size: envelopes, min: -0.5, max: CEILING_VOLTS + 0.5 }],
    parameters: [{ name: "weight", unit: "1", size: classes * (envelopes + 1), min: -1, max: 1, levels: CODES.steps + 1 }],
    outputs: [{ name: "score", unit: "V", size: classes, min: -largest, max: largest }],
  };
}
