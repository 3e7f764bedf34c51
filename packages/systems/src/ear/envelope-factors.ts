import { encodeModel, type GraphRuntime, type Tensor, tensor } from "@ohmwork/autograd";
import { type Batch, rowsOf } from "@ohmwork/core";
import { filterBankTwinGraph } from "./ear-graph.ts";
import { realisticEarGap, scaleEarGap } from "./ear-gap.ts";
import { type EarDesign, slotsOfTiming, startCodes } from "./ear-design.ts";
import { createFilterBank, envelopesStage } from "./filter-bank.ts";

/**
 * What an envelope is of the root of its power, for each channel [K]: some 0.9 for a tone, 0.8 for noise, less for pulses. Fitted by least squares to
 * the circuit as it is drawn, with a microphone's noise, on clips such as it will hear; no board is asked.
 */
export async function fitEnvelopeFactors(
  design: EarDesign,
  clips: Batch,
  { runtime }: { readonly runtime: GraphRuntime },
): Promise<Float32Array> {
  const gap = { ...scaleEarGap(realisticEarGap, 0), microphoneNoise: realisticEarGap.microphoneNoise };
  const count = design.channels.length;
  await using bank = createFilterBank({ design, seed: 0, gap });
  const most = bank.traits.largestBatch;
  const { count: rows, width } = rowsOf(clips);
  if (rows === 0 || rows > most) throw new RangeError(`Envelopes are fitted on 1 to ${most} clips: ${rows} given`);
  const heard = (await bank.respond(clips)).stages[envelopesStage] as Batch;
  const graph = filterBankTwinGraph({ design, factors: new Float32Array(count).fill(1), ceiling: Number.MAX_VALUE });
  await using session = await runtime.load(encodeModel(graph));
  const made = await session.run({
    inputs: tensor("float32", [rows, width], clips.data),
    parameters: tensor("float32", [3 * count], startCodes(design)),
  });
  const roots = (made[envelopesStage] as Tensor).data as Float32Array;
  const [products, squares] = [new Float64Array(count), new Float64Array(count)];
  for (let i = 0; i < rows * slotsOfTiming(design.timing) * count; i += 1) {
    const root = roots[i] as number;
    products[i % count] = (products[i % count] as number) + root * (heard.data[i] as number);
    squares[i % count] = (squares[i % count] as number) + root * root;
  }
  return Float32Array.from(products, (product, k) => product / (squares[k] as number));
}
