import type { Ports } from "@ohmwork/core";
import { driftAt } from "./call-count.ts";
import { checkSizes, type SimulatedSystem } from "./declared-gap.ts";
import { scalePortGap } from "./port-gap.ts";
import { nominalRlc } from "./rlc-circuit.ts";
import { declareRlcGap, drawRlcCircuit, realisticRlcGap, type RlcGap } from "./rlc-gap.ts";
import { rlcStage, type RlcTwinOptions, twinScan } from "./rlc-graph.ts";
import { createRlcKernel } from "./rlc-kernel.ts";
import { createSimulatedSystem } from "./simulated-system.ts";
import { withPortGap } from "./with-port-gap.ts";

export type RlcOptions = RlcTwinOptions & {
  /** Draws the soldered circuit and its noise. */
  readonly seed: number;
  /** Largest drive, either way [3 V]. @default 4 */
  readonly largestDrive?: number;
  /** Steps that the device is integrated in during a slot; the twin takes one. @default 4 */
  readonly stepsPerSlot?: number;
  /** @default realisticRlcGap */
  readonly gap?: RlcGap;
  /** Every size of the gap times this; at 0 the device is its twin, step for step. @default 1 */
  readonly gapScale?: number;
};

/**
 * A resistor, an inductor, a capacitor and a transistor, driven slot by slot: inputs u [bursts × slots] in units of 3 V, no
 * parameters, outputs the node's voltage at the end of every slot [bursts × slots] in units of 3 V. `nominalRlc` says what it is drawn like.
 *
 * @throws RangeError when a size of the gap is not one or leaves no circuit, or a count is not a whole number of 1 or more
 */
export function createRlc(options: RlcOptions): SimulatedSystem {
  const { seed, bursts = 28, largestDrive = 4, stepsPerSlot = 4, gap = realisticRlcGap, gapScale = 1 } = options;
  checkSizes({ ...gap, gapScale });
  const twin = twinScan(options);
  for (const [name, count] of Object.entries({ bursts, slots: twin.slots, stepsPerSlot })) {
    if (!Number.isInteger(count) || count < 1)
      throw new RangeError(`R-L-C circuit has ${name} ${count}: expected a whole number of 1 or more`);
  }
  const steps = gapScale === 0 ? twin.stepsPerSlot : stepsPerSlot;
  const kernel = createRlcKernel(drawRlcCircuit(gap, gapScale, seed), { ...twin, stepsPerSlot: steps });
  const size = bursts * twin.slots;
  const unit = "× 3 V";
  const largestVoltage = largestDrive * overshoot(nominalRlc.resistance / 2);
  const ports: Ports = {
    inputs: [{ name: "drive", unit, size, min: -largestDrive, max: largestDrive }],
    parameters: [],
    outputs: [{ name: "voltage", unit, size, min: -largestVoltage, max: largestVoltage }],
  };
  const circuit = createSimulatedSystem({
    ports,
    stage: rlcStage,
    gap: declareRlcGap(gap, gapScale, { device: steps, twin: twin.stepsPerSlot }),
    respond: (inputs, _rows, calls) => {
      const outputs = new Float32Array(inputs.length);
      kernel(inputs, outputs, 1 + gap.drift * gapScale * driftAt(calls, gap.driftPeriodCalls));
      return outputs;
    },
  });
  return withPortGap(circuit, scalePortGap(gap.ports, gapScale), seed);
}

/** Largest voltage that a drive of −1 to 1 can bring a resonance of this damping ratio to: ∫|h(t)| dt = coth(π ζ / 2√(1 − ζ²)). */
function overshoot(damping: number): number {
  return 1 / Math.tanh((Math.PI * damping) / (2 * Math.sqrt(1 - damping ** 2)));
}
