import {
  addNormals,
  type Batch,
  type Call,
  checkInputs,
  checkParameters,
  createBatch,
  createRandom,
  type Measured,
  type PhysicalSystem,
  type Port,
  type Random,
  type RandomState,
  restoreRandom,
  throwIfAborted,
  widthOf,
} from "@ohmwork/core";
import { type CallCountState, createCallCount, driftAt } from "./call-count.ts";
import { gapOf, type SimulatedSystem } from "./declared-gap.ts";
import { checkPortGap, declarePortGap, idealPorts, type PortGap } from "./port-gap.ts";

type Saved = { calls: CallCountState; noise: RandomState; within: number[] | null };

/**
 * The same system behind imperfect converters: a value is first brought to a position of its converter, then errs, is
 * offset and gets its noise, and an input or a parameter stops at the end of its window as a converter does at its rails.
 * Noise is drawn from the seed, and from the id of a call where it has one. Of several stages the last one, the output, errs.
 *
 * @param seed of everything that is drawn
 * @throws RangeError when a size of the gap is not one
 */
export function withPortGap(system: PhysicalSystem, gap: Partial<PortGap>, seed: number): SimulatedSystem {
  const sizes: PortGap = { ...idealPorts, ...gap };
  checkPortGap(sizes);
  const { inputs, parameters, outputs } = system.ports;
  const output = system.stages.at(-1)?.name as string;
  const inputOffsets = drawOffsets(inputs, sizes.inputOffset, createRandom(seed, "input offsets"));
  const outputOffsets = drawOffsets(outputs, sizes.outputOffset, createRandom(seed, "output offsets"));
  const parameterFactors = drawOffsets(parameters, sizes.parameterError, createRandom(seed, "parameter errors"));
  const calls = createCallCount();
  let noise = createRandom(seed, "noise at the ports");

  const inputsAsGiven = sizes.inputLevels === 0 && sizes.inputOffset === 0 && sizes.inputNoise === 0;
  const showInputs = (batch: Batch, random: Random): Batch => {
    if (inputsAsGiven) return batch;
    const data = batch.data.slice();
    quantise(inputs, data, sizes.inputLevels);
    if (sizes.inputOffset > 0) addToRows(data, inputOffsets);
    addNormals(data, sizes.inputNoise, random);
    clip(inputs, data);
    return createBatch(data, batch.shape);
  };
  const readOutputs = (batch: Batch, gain: number, random: Random): Batch => {
    const data = batch.data.slice();
    if (gain !== 1) for (let i = 0; i < data.length; i += 1) (data[i] as number) *= gain;
    if (sizes.outputNoiseOfRow > 0) addNoiseOfRows(data, outputOffsets.length, sizes.outputNoiseOfRow, random);
    if (sizes.outputOffset > 0) addToRows(data, outputOffsets);
    addNormals(data, sizes.outputNoise, random);
    quantise(outputs, data, sizes.outputLevels);
    return createBatch(data, batch.shape);
  };
  const stateOf = async (within: PhysicalSystem["snapshot"]): Promise<Uint8Array> => {
    const saved: Saved = {
      calls: calls.snapshot(),
      noise: noise.snapshot(),
      within: within === undefined ? null : [...(await within())],
    };
    return new TextEncoder().encode(JSON.stringify(saved));
  };

  return {
    ports: system.ports,
    traits: system.traits,
    stages: system.stages,
    gap: [...gapOf(system), ...declarePortGap(sizes, system.ports)],
    program: async (values, call) => {
      if (sizes.parameterLevels === 0 && sizes.parameterError === 0) return system.program(values, call);
      checkParameters(parameters, values);
      const real = values.slice();
      quantise(parameters, real, sizes.parameterLevels);
      for (let i = 0; i < real.length; i += 1) (real[i] as number) *= 1 + (parameterFactors[i] as number);
      clip(parameters, real);
      return system.program(real, call);
    },
    respond: async (batch: Batch, call?: Call): Promise<Measured> => {
      throwIfAborted(call?.signal, "A measurement");
      checkInputs(inputs, batch, system.traits.largestBatch);
      const random = call?.id === undefined ? noise : createRandom(seed, `noise of call ${call.id}`);
      const gain = 1 + sizes.drift * driftAt(calls.next(call), sizes.driftPeriodCalls);
      const measured = await system.respond(showInputs(batch, random), call);
      const values = readOutputs(measured.stages[output] as Batch, gain, random);
      return { ...measured, stages: { ...measured.stages, [output]: values } };
    },
    snapshot: () => stateOf(system.snapshot?.bind(system)),
    restore: async (state) => {
      const saved = JSON.parse(new TextDecoder().decode(state)) as Saved;
      calls.restore(saved.calls);
      if (saved.within !== null) await system.restore?.(Uint8Array.from(saved.within));
      noise = restoreRandom(saved.noise);
    },
    [Symbol.asyncDispose]: () => system[Symbol.asyncDispose](),
  };
}

/** One number for each channel; all 0 where there is nothing to draw. */
function drawOffsets(ports: readonly Port[], deviation: number, random: Random): Float32Array {
  const offsets = new Float32Array(widthOf(ports));
  addNormals(offsets, deviation, random);
  return offsets;
}

function addToRows(values: Float32Array, offsets: Float32Array): void {
  for (let row = 0; row < values.length; row += offsets.length) {
    for (let i = 0; i < offsets.length; i += 1) (values[row + i] as number) += offsets[i] as number;
  }
}

function addNoiseOfRows(values: Float32Array, width: number, share: number, random: Random): void {
  for (let start = 0; start < values.length; start += width) {
    const row = values.subarray(start, start + width);
    addNormals(row, share * deviationOf(row), random);
  }
}

function deviationOf(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) sum += values[i] as number;
  const mean = sum / values.length;
  let squares = 0;
  for (let i = 0; i < values.length; i += 1) squares += ((values[i] as number) - mean) ** 2;
  return Math.sqrt(squares / values.length);
}

/** Every channel with the function that its port's window asks for. */
function eachChannel(ports: readonly Port[], values: Float32Array, change: (value: number, port: Port) => number): void {
  for (let i = 0; i < values.length;) {
    for (const port of ports) {
      for (const end = i + port.size; i < end; i += 1) values[i] = change(values[i] as number, port);
    }
  }
}

/** To the nearest of equally spaced positions; a reading beyond the window of its converter is its end. */
function quantise(ports: readonly Port[], values: Float32Array, levels: number): void {
  if (levels === 0) return;
  eachChannel(ports, values, (value, { min, max }) => {
    const step = (max - min) / (levels - 1);
    return min + step * Math.round((Math.min(max, Math.max(min, value)) - min) / step);
  });
}

function clip(ports: readonly Port[], values: Float32Array): void {
  eachChannel(ports, values, (value, { min, max }) => Math.min(max, Math.max(min, value)));
}
