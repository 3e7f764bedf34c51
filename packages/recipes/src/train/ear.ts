import { adam } from "@ohmwork/autograd";
import { BadInputError, type Batch, takeRows } from "@ohmwork/core";
import type { Layer, Network } from "@ohmwork/learning";
import {
  createEar,
  createFilterBank,
  createMixer,
  ear12,
  ear8,
  type EarGap,
  type EarOptions,
  type EarTiming,
  earTimings,
  filterBankTwin,
  fitEnvelopeFactors,
  inputsOfTiming,
  mixerTwin,
  realisticEarGap,
  startCodes,
} from "@ohmwork/systems";
import { earBaselines } from "./ear-baselines.ts";
import type { TrainRecipe, TrainRecipeOptions } from "./train-recipe.ts";

/** Decibels below the loudest frame that a training batch's noise is drawn from. */
const NOISE_MIXTURE: readonly number[] = [30, 25, 20, 15, 10];
/** The same of what a trained ear is reported on: 5 dB it was not trained on. */
const REPORTED_NOISE: readonly number[] = [30, 20, 15, 10, 5];
/** Clips that the twin's factors are fitted on. */
const FITTED_CLIPS = 300;
/** Steps of Adam: of the weights, and as shares of it those of the codes; of the factor behind the scores, which is some tens. */
const RATE = 0.02;
const SHARES = { codes: 0.5, gain: 15 } as const;
/** L2 penalty of the weights. */
const PENALTY = 1e-3;
/** Factor behind the scores at the start [1/V]. */
const START_GAIN = 10;

/** One board of an ear. */
export function boardOf(
  name: "ear-12" | "ear-8",
  { inputs, seed, gapScale = 1, ear = {} }: Pick<TrainRecipeOptions, "inputs" | "seed" | "gapScale" | "ear">,
): EarOptions & { readonly gap: EarGap } {
  const design = (name === "ear-12" ? ear12 : ear8)(timingOf(inputs));
  const gap = { ...realisticEarGap, ...(ear.tolerance === undefined ? {} : { tolerance: ear.tolerance }) };
  return { design, seed, gap, gapScale, ...(ear.detector === undefined ? {} : { detector: ear.detector }) };
}

/** A filter bank, envelopes and a mixer, whose filters and weights are both trained, or its weights alone. */
export function earRecipe(
  name: "ear-12" | "ear-8",
  filters: "trained" | "fixed",
): (options: TrainRecipeOptions) => Promise<TrainRecipe> {
  return async (options) => {
    const { inputs, classes, gapScale = 1, runtime, examples, ear = {} } = options;
    const board = boardOf(name, options);
    const { design, gap } = board;
    const start = [...startCodes(design)].map((mean) => ({ mean }));
    const layers: Layer[] = [
      { kind: "physical", system: "bank", start },
      { kind: "physical", system: "mixer", start: [{ deviation: 0.1 }] },
      { kind: "gain", start: START_GAIN },
    ];
    const bank = createFilterBank(board);
    const mixer = createMixer({ ...board, classes });
    const factors = await fitEnvelopeFactors(design, firstRows(examples, FITTED_CLIPS), { runtime });
    const linear: Network = { inputs, layers: [{ kind: "linear", outputs: classes }] };
    return {
      network: { inputs, layers },
      digital: { linear },
      devices: { bank, mixer },
      whole: () => createEar({ ...board, classes }),
      twins: { bank: await filterBankTwin({ design, factors }), mixer: await mixerTwin({ design, classes }) },
      options: {
        epochs: 40,
        batch: 64,
        rate: RATE,
        optimiser: adam(),
        own: {
          bank: { rate: filters === "trained" ? SHARES.codes : 0 },
          mixer: { penalty: PENALTY },
          gain: { rate: SHARES.gain },
        },
        ...(ear.toleranceAware === true ? { noise: { input: 0, outputOfRow: 0, parameters: gap.tolerance * gapScale } } : {}),
      },
      ...(ear.noiseMixture === true
        ? { soundNoise: { samples: design.timing.samples, decibels: NOISE_MIXTURE, reported: REPORTED_NOISE } }
        : {}),
      baselines: (task) => earBaselines(board, task),
    };
  };
}

function firstRows(batch: Batch, most: number): Batch {
  return takeRows(
    batch,
    Uint32Array.from({ length: Math.min(most, batch.shape[0] as number) }, (_, row) => row),
  );
}

/** The timing whose rows are so wide. @throws BadInputError when there is none */
function timingOf(inputs: number): EarTiming {
  const found = Object.values(earTimings).find((timing) => inputsOfTiming(timing) === inputs);
  if (found !== undefined) return found;
  const widths = Object.values(earTimings).map(inputsOfTiming).join(" or ");
  throw new BadInputError(`An ear takes rows of sound of ${widths} values, this task has ${inputs}: expected vowel-clips`);
}
