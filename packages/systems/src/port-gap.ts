import type { Port, Ports } from "@ohmwork/core";
import { checkSizes, type DeclaredGap, withSize } from "./declared-gap.ts";

/** What converters, amplifiers and tolerances do between the numbers of a program and the physics. Everything defaults to nothing. */
export type PortGap = {
  /** Fixed error of every input channel, drawn once, standard deviation [unit of the inputs]. */
  readonly inputOffset: number;
  readonly outputOffset: number;
  /** Fresh with every value of every call, standard deviation [unit of the inputs]. */
  readonly inputNoise: number;
  readonly outputNoise: number;
  /** On the outputs as well, in parts of the standard deviation of the row that is measured: an instrument set to its signal. */
  readonly outputNoiseOfRow: number;
  /** Positions of the converter over the window of its ports, both ends included; 0 is a continuous one. */
  readonly inputLevels: number;
  readonly outputLevels: number;
  readonly parameterLevels: number;
  /** Fixed relative error of every parameter, drawn once, standard deviation. */
  readonly parameterError: number;
  /** Amplitude of a slow sine of the gain of the outputs, relative, and its period in calls. */
  readonly drift: number;
  readonly driftPeriodCalls: number;
};

export const idealPorts: PortGap = {
  inputOffset: 0,
  outputOffset: 0,
  inputNoise: 0,
  outputNoise: 0,
  outputNoiseOfRow: 0,
  inputLevels: 0,
  outputLevels: 0,
  parameterLevels: 0,
  parameterError: 0,
  drift: 0,
  driftPeriodCalls: 3000,
};

/** @throws RangeError when a size is not a number of 0 or more, a converter has one position, or the period is not above 0 */
export function checkPortGap(gap: PortGap): void {
  checkSizes(gap);
  for (const [name, size] of Object.entries(gap)) {
    if (name.endsWith("Levels") && (size === 1 || !Number.isInteger(size)))
      throw new RangeError(`Gap has ${name} ${size}: expected a whole number of 2 or more, or 0`);
  }
}

/** Whole steps of a converter that is `factor` times as coarse. */
const coarser = (levels: number, factor: number): number =>
  levels === 0 || factor === 0 ? 0 : Math.max(2, 1 + Math.round((levels - 1) / factor));

/** The same gap `factor` times as large: 0 is none. */
export function scalePortGap(gap: Partial<PortGap>, factor: number): PortGap {
  const { inputLevels, outputLevels, parameterLevels, driftPeriodCalls, ...sizes } = { ...idealPorts, ...gap };
  const scaled = Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, size * factor])) as typeof sizes;
  return {
    ...scaled,
    inputLevels: coarser(inputLevels, factor),
    outputLevels: coarser(outputLevels, factor),
    parameterLevels: coarser(parameterLevels, factor),
    driftPeriodCalls,
  };
}

const unitOf = (ports: readonly Port[]): string => [...new Set(ports.map(({ unit }) => unit))].join(" or ");

/** What a gap at these ports declares. */
export function declarePortGap(gap: PortGap, ports: Ports): DeclaredGap {
  const inputUnit = unitOf(ports.inputs);
  const outputUnit = unitOf(ports.outputs);
  return withSize([
    { name: "positions of each parameter", where: "parameter", size: gap.parameterLevels, unit: "levels", kind: "quantisation" },
    { name: "error of each parameter", where: "parameter", size: gap.parameterError, unit: "", kind: "error" },
    { name: "positions of each input", where: "input", size: gap.inputLevels, unit: "levels", kind: "quantisation" },
    { name: "offset of each input", where: "input", size: gap.inputOffset, unit: inputUnit, kind: "offset" },
    { name: "noise of the inputs", where: "input", size: gap.inputNoise, unit: inputUnit, kind: "noise" },
    { name: `gain over ${gap.driftPeriodCalls} calls`, where: "output", size: gap.drift, unit: "", kind: "drift" },
    { name: "offset of each output", where: "output", size: gap.outputOffset, unit: outputUnit, kind: "offset" },
    { name: "noise of the outputs", where: "output", size: gap.outputNoise, unit: outputUnit, kind: "noise" },
    { name: "noise of the outputs, of each row's spread", where: "output", size: gap.outputNoiseOfRow, unit: "", kind: "noise" },
    { name: "positions of each output", where: "output", size: gap.outputLevels, unit: "levels", kind: "quantisation" },
  ]);
}
