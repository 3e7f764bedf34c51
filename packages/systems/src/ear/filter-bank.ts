import { createRandom, type Port, type Random } from "@ohmwork/core";
import { checkSizes, type SimulatedSystem } from "../declared-gap.ts";
import { createSimulatedSystem } from "../simulated-system.ts";
import { withPortGap } from "../with-port-gap.ts";
import { CEILING_VOLTS, type Detector, type SlotEdges } from "./ear-circuit.ts";
import { CODES, EAR_RATE, type EarDesign, type EarTiming, inputsOfTiming, slotsOfTiming, startCodes } from "./ear-design.ts";
import { declareBankGap, drawChannels, type EarGap, realisticEarGap, scaleEarGap } from "./ear-gap.ts";
import { createEnvelopeKernel } from "./envelopes.ts";

export type EarOptions = {
  readonly design: EarDesign;
  /** Draws the parts and the noise. */
  readonly seed: number;
  /** @default realisticEarGap */
  readonly gap?: EarGap;
  /** Every size of the gap times this. @default 1 */
  readonly gapScale?: number;
  /** @default "precision" */
  readonly detector?: Detector;
};

export const envelopesStage = "envelopes";
/** Largest magnitude of a sample [V]. */
const LARGEST_VOLTS = 10;
/** Rows of 5,120 samples that one call may carry: 10 MB. */
const LARGEST_BATCH = 512;

/**
 * The front end of an ear: inputs are rows of sound behind the gain control [samples] V at 16 kHz, laid out as the design's timing says,
 * with the end of the sound [s] where it is gated; parameters the codes of `startCodes` [3 K]; outputs the mean envelope of each channel
 * in each slot [slots × K] V.
 *
 * @throws RangeError when a size of the gap is not one
 */
export function createFilterBank(options: EarOptions): SimulatedSystem {
  const gap = gapOfOptions(options);
  return withPortGap(filterBankWithin(options), { outputNoise: gap.readingNoise }, options.seed);
}

export function gapOfOptions({ gap = realisticEarGap, gapScale = 1 }: EarOptions): EarGap {
  checkSizes({ ...gap, gapScale });
  return scaleEarGap(gap, gapScale);
}

/** The same, its voltages as they stand in the circuit and not as they are read. */
export function filterBankWithin(options: EarOptions): SimulatedSystem {
  const { design, seed, detector = "precision" } = options;
  const { timing, channels } = design;
  const gap = gapOfOptions(options);
  const channelsNow = drawChannels(design, gap, detector, seed);
  let kernel = createEnvelopeKernel(channelsNow(startCodes(design)), detector);
  const width = inputsOfTiming(timing);
  const outputs = slotsOfTiming(timing) * channels.length;
  const sound = new Float64Array(timing.samples);
  const fixed = edgesOf(timing, 0);
  return createSimulatedSystem({
    ports: {
      inputs: soundPorts(timing),
      parameters: codePorts(channels.length),
      outputs: [{ name: "envelope", unit: "V", size: outputs, min: 0, max: CEILING_VOLTS }],
    },
    stage: envelopesStage,
    gap: declareBankGap(gap, detector),
    largestBatch: LARGEST_BATCH,
    program: (codes) => {
      kernel = createEnvelopeKernel(channelsNow(codes), detector);
    },
    respond: (inputs, rows, calls, _signal, id) => {
      const random = createRandom(seed, id === undefined ? `sound of call ${calls}` : `sound of the call ${id}`);
      const means = new Float32Array(rows * outputs);
      for (let row = 0; row < rows; row += 1) {
        hear(inputs, row * width, sound, gap, random);
        const slots = timing.slots === "gated" ? edgesOf(timing, inputs[row * width + timing.samples] as number) : fixed;
        kernel(sound, slots, means, row * outputs);
      }
      return means;
    },
  });
}

/** One row as it comes out of the gain control of this device. */
function hear(inputs: Float32Array, at: number, sound: Float64Array, gap: EarGap, random: Random): void {
  const gain = gap.gainDecibels === 0 ? 1 : 10 ** ((gap.gainDecibels * random.normal()) / 20);
  // The sum of two uniform numbers of deviation 1 / √6: behind a filter nobody tells it from normal noise, and it costs one draw.
  const noise = (gap.microphoneNoise * Math.sqrt(6)) / 0xffff;
  for (let n = 0; n < sound.length; n += 1) {
    let volts = inputs[at + n] as number;
    if (noise > 0) {
      const bits = random.uint32();
      volts += noise * ((bits >>> 16) + (bits & 0xffff) - 0xffff);
    }
    sound[n] = gain * volts;
  }
}

/** Where the slots of a row begin and end. */
function edgesOf({ samples, leadSamples, slots }: EarTiming, gateSeconds: number): SlotEdges {
  if (slots === "gated")
    return [{ start: leadSamples, end: Math.min(samples, leadSamples + Math.round(gateSeconds * EAR_RATE)) }];
  const first = leadSamples + slots.delaySamples;
  return Array.from({ length: slots.count }, (_, t) => ({
    start: first + t * slots.samples,
    end: first + (t + 1) * slots.samples,
  }));
}

function soundPorts({ samples, leadSamples, slots }: EarTiming): Port[] {
  const sound = { name: "sound", unit: "V", size: samples, min: -LARGEST_VOLTS, max: LARGEST_VOLTS };
  if (slots !== "gated") return [sound];
  return [sound, { name: "end of the sound", unit: "s", size: 1, min: 0, max: (samples - leadSamples) / EAR_RATE }];
}

/** A port for each potentiometer: each begins at a place of its own. */
function codePorts(channels: number): Port[] {
  const { steps, leastFrequency, leastGain } = CODES;
  const group = (name: string, least: number): Port[] =>
    Array.from({ length: channels }, (_, k) => ({
      name: `${name} of channel ${k + 1}`,
      unit: "1",
      size: 1,
      min: least / steps,
      max: 1,
      levels: steps - least + 1,
    }));
  return [...group("frequency", leastFrequency), ...group("damping", 0), ...group("gain", leastGain)];
}
