import { createBuilder, encodeModel, type Graph, type GraphBuilder, tensor, type Value } from "@ohmwork/autograd";
import { createTwin, type Twin } from "../twin.ts";
import { CEILING_VOLTS } from "./ear-circuit.ts";
import { EAR_RATE, type EarDesign, type EarTiming, inputsOfTiming, slotsOfTiming } from "./ear-design.ts";
import { realisticEarGap } from "./ear-gap.ts";
import { envelopesStage } from "./filter-bank.ts";
import { type MixerOptions, RAIL_VOLTS, scoresStage } from "./mixer.ts";
import { binHertz, powerBins, SPECTRUM_SAMPLES } from "./power-bins.ts";

export type FilterBankTwinOptions = {
  readonly design: EarDesign;
  /** What an envelope is of the root of its power, for each channel, as `fitEnvelopeFactors` finds it. @default 0.7 each */
  readonly factors?: Float32Array;
  /** Where an envelope stays [V]. @default that of the circuit */
  readonly ceiling?: number;
};

/** By how much an envelope lags behind the sound [samples]: 6 ms of the 10 ms of R and C. */
const LAG = 96;
/** Keeps the slope of a root finite where there is no power [V²]. */
const LEAST_POWER = 1e-9;
/** Of the microphone's noise in a bin [V²]: its power is known, if not its course. */
const NOISE_POWER = realisticEarGap.microphoneNoise ** 2 / (SPECTRUM_SAMPLES / 2);
/** Spectra that a gated row has room for. */
const GATED_SPECTRA = 7;

/**
 * The twin of a filter bank: `inputs` [rows, samples] V and `parameters` [3 K] in, `envelopes` [rows, slots × K] V out. It knows no time
 * within a slot: from the power P in bins of 12.5 Hz, taken 6 ms early,
 *
 * e = min(3.3 V, c g √(Σ P |H|² + 10⁻⁹)),   |H|² = a / (a + (1 − r²)²),   r = bin / f,   a = (r / Q)²
 */
export function filterBankTwinGraph({ design, factors, ceiling = CEILING_VOLTS }: FilterBankTwinOptions): Graph {
  const { channels, timing } = design;
  const count = channels.length;
  const g = createBuilder();
  const inputs = g.input("inputs", "float32", ["rows", inputsOfTiming(timing)]);
  const codes = g.input("parameters", "float32", [3 * count]);
  const vector = (values: ArrayLike<number>): Value => g.constant(tensor("float32", [values.length], Float32Array.from(values)));
  const part = (group: number): Value => g.slice(codes, [group * count], [(group + 1) * count], [0]);
  const hertz = g.mul(part(0), vector(channels.map(({ fullHertz }) => fullHertz)));
  const damping = g.add(g.mul(part(1), 0.95), 0.05);
  const gain = g.mul(part(2), vector(channels.map(({ fullGain }, k) => fullGain * (factors?.[k] ?? 0.7))));
  const bins = binHertz();
  const ratio = g.div(g.constant(tensor("float32", [bins.length, 1], bins)), hertz);
  const square = g.mul(ratio, ratio);
  const along = g.mul(square, g.mul(damping, damping));
  const across = g.sub(1, square);
  const response = g.div(along, g.add(along, g.mul(across, across)));
  const power = g.add(g.matMul(g.add(slotPower(g, inputs, timing), NOISE_POWER), response), LEAST_POWER);
  const envelopes = g.min(g.mul(g.sqrt(power), gain), ceiling);
  return g.build({ outputs: { [envelopesStage]: g.reshape(envelopes, [-1, slotsOfTiming(timing) * count]) } });
}

/** Power in each bin of each slot [rows × slots, bins]. */
function slotPower(g: GraphBuilder, inputs: Value, { samples, leadSamples, slots }: EarTiming): Value {
  if (slots !== "gated") {
    if (slots.samples !== SPECTRUM_SAMPLES)
      throw new RangeError(`Twin takes slots of ${SPECTRUM_SAMPLES} samples: ${slots.samples} given`);
    const start = leadSamples + slots.delaySamples - LAG;
    const heard = g.slice(inputs, [start], [start + slots.count * slots.samples], [1]);
    return powerBins(g, g.reshape(heard, [-1, slots.samples]));
  }
  // Sound behind the gate is taken away, and the power of all pieces counted over the samples before it.
  const length = GATED_SPECTRA * SPECTRUM_SAMPLES;
  const start = leadSamples - LAG;
  const gate = g.clip(g.mul(g.slice(inputs, [samples], [samples + 1], [1]), EAR_RATE), 1, length);
  const places = g.constant(
    tensor(
      "float32",
      [1, length],
      Float32Array.from({ length }, (_, n) => n),
    ),
  );
  const heard = g.slice(inputs, [start], [start + length], [1]);
  const gated = g.where(g.less(places, gate), heard, 0);
  const pieces = powerBins(g, g.reshape(gated, [-1, SPECTRUM_SAMPLES]));
  const whole = g.reduceSum(g.reshape(pieces, [-1, GATED_SPECTRA, binHertz().length]), [1]);
  return g.mul(g.div(whole, gate), SPECTRUM_SAMPLES);
}

export function filterBankTwin(options: FilterBankTwinOptions): Promise<Twin> {
  return createTwin(encodeModel(filterBankTwinGraph(options)), envelopesStage);
}

/** The twin of a mixer, which is its equation without errors: `inputs` [rows, slots × K] and `parameters` in, `scores` [rows, classes] out. */
export function mixerTwin({ design, classes }: Pick<MixerOptions, "design" | "classes">): Promise<Twin> {
  const envelopes = slotsOfTiming(design.timing) * design.channels.length;
  const g = createBuilder();
  const inputs = g.input("inputs", "float32", ["rows", envelopes]);
  const weights = g.reshape(g.input("parameters", "float32", [classes * (envelopes + 1)]), [classes, envelopes + 1]);
  const across = g.transpose(weights, [1, 0]);
  const ofEnvelopes = g.matMul(g.sub(inputs, RAIL_VOLTS), g.slice(across, [0], [envelopes], [0]));
  const sum = g.add(ofEnvelopes, g.mul(g.slice(across, [envelopes], [envelopes + 1], [0]), RAIL_VOLTS));
  const graph = g.build({ outputs: { [scoresStage]: g.mul(sum, 1 / Math.sqrt(envelopes + 1)) } });
  return createTwin(encodeModel(graph), scoresStage);
}
