import { createBuilder, encodeModel, type Graph, tensor, type Value } from "@ohmwork/autograd";
import { matrixExponential } from "./matrix-exponential.ts";
import { linearPart, nominalRlc, type RlcCircuit } from "./rlc-circuit.ts";
import type { RlcScan } from "./rlc-kernel.ts";
import { createTwin, type Twin } from "./twin.ts";

export const rlcStage = "voltages";

export type RlcTwinOptions = {
  /** Bursts that the inputs are scanned in, each from rest. @default 28 */
  readonly bursts?: number;
  /** Slots of a burst. @default 28 */
  readonly slots?: number;
  /** Length of a slot [1/ω₀]. @default 0.8 */
  readonly slotLength?: number;
  /** @default "strang" */
  readonly splitting?: RlcScan["splitting"];
};

/** A twin knows no tank: what is drawn has none. */
type RlcTwinCircuit = Omit<RlcCircuit, "tank">;

/** How the twin of these options scans and integrates: one step a slot. */
export function twinScan(options: RlcTwinOptions): RlcScan {
  const { slots = 28, slotLength = 0.8, splitting = "strang" } = options;
  return { slots, slotLength, splitting, stepsPerSlot: 1 };
}

/**
 * What `createRlc` makes without a gap, as a graph: `inputs` [rows, bursts × slots] in, `voltages` of the same shape out.
 *
 * Before its discharge, v is a straight line in itself one slot before, in what the discharges of the last two slots left of it,
 * and in the drive; the part of the drive is one product for all slots. Two half discharges that meet between slots are one; the
 * halves that only the outputs see come at the end, all at once. Voltages count from the threshold, in units in which the discharge
 * of a slot is w → w / (1 + w). This leaves nine operations a slot.
 */
export function rlcTwinGraph(options: RlcTwinOptions = {}, circuit: RlcTwinCircuit = nominalRlc): Graph {
  const { bursts = 28 } = options;
  const { slots, slotLength, splitting } = twinScan(options);
  const unit = 1 / (circuit.transconductance * circuit.inverseCapacitance * slotLength);
  const { fromReached, fromLeft, fromLeftBefore, ofDrive, offsets } = recurrence(circuit, slots, slotLength, unit);

  const g = createBuilder();
  const drive = g.input("inputs", "float32", ["rows", bursts * slots]);
  const bySlot = g.transpose(g.reshape(drive, [-1, slots]), [1, 0]);
  const driven = g.add(
    g.matMul(g.constant(tensor("float32", [slots, slots], ofDrive)), bySlot),
    g.constant(tensor("float32", [slots, 1], offsets)),
  );
  const ones = g.integers(Array.from({ length: slots }, () => 1));
  const parts = g.apply("Split", [driven, ones], {}, { outputs: slots });

  /** w / (1 + w) of a voltage that is above 0, and the others as they are; `part` of the time, where that is not all. */
  const discharged = (volts: Value, part: number): Value => {
    const above = g.relu(volts);
    return g.div(volts, g.add(part === 1 ? above : g.mul(above, part), 1));
  };
  const reached: Value[] = [];
  const left: Value[] = [];
  for (const [slot, part] of parts.entries()) {
    let volts = part;
    if (slot > 0) volts = g.add(volts, g.mul(left[slot - 1] as Value, fromLeft));
    if (slot > 1) {
      volts = g.add(volts, g.mul(reached[slot - 1] as Value, fromReached));
      volts = g.add(volts, g.mul(left[slot - 2] as Value, fromLeftBefore));
    }
    reached.push(volts);
    left.push(discharged(volts, 1));
  }
  const measured = discharged(g.concat(reached, 0), splitting === "strang" ? 0.5 : 1);
  const voltages = g.add(g.mul(measured, unit), circuit.threshold);
  return g.build({ outputs: { [rlcStage]: g.reshape(g.transpose(voltages, [1, 0]), [-1, bursts * slots]) } });
}

/**
 * v of a slot in terms of those before it. With E = exp(A t), what was reached r and left l:
 * rₖ = E_vv lₖ₋₁ + E_ii rₖ₋₁ − det E lₖ₋₂ + dₖ, and from rest r₀ = d₀, r₁ = E_vv l₀ + d₁. The drive's part d is what makes a
 * circuit without discharges, l = r, answer as it does.
 */
function recurrence(
  circuit: RlcTwinCircuit,
  slots: number,
  slotLength: number,
  unit: number,
): {
  readonly fromReached: number;
  readonly fromLeft: number;
  readonly fromLeftBefore: number;
  readonly ofDrive: Float64Array;
  readonly offsets: Float64Array;
} {
  const { matrix } = linearPart(circuit);
  const after = (count: number): Float64Array =>
    matrixExponential(
      matrix.map((value) => value * slotLength * count),
      2,
    );
  const [ii, iv, vi, vv] = after(1) as unknown as readonly [number, number, number, number];
  const [trace, determinant] = [ii + vv, ii * vv - iv * vi];
  // From rest towards v = 1 and back: the answer to a step is 1 − exp(A t)ᵥᵥ, that to one slot the difference of two.
  const toOneSlot = Array.from({ length: slots }, (_, k) => ((after(k)[3] as number) - (after(k + 1)[3] as number)) / unit);
  /** Of a slot, the weights of all drives and an offset. */
  const linear = Array.from({ length: slots }, (_, slot) => [
    ...Array.from({ length: slots }, (_unused, at) => (at > slot ? 0 : (toOneSlot[slot - at] as number))),
    -circuit.threshold / unit,
  ]);
  const own = linear.map((row, slot) => {
    const before = linear[slot - 1];
    const beforeThat = linear[slot - 2];
    return row.map((weight, at) => {
      if (before === undefined) return weight;
      if (beforeThat === undefined) return weight - vv * (before[at] as number);
      return weight - trace * (before[at] as number) + determinant * (beforeThat[at] as number);
    });
  });
  return {
    fromReached: ii,
    fromLeft: vv,
    fromLeftBefore: -determinant,
    ofDrive: Float64Array.from(own.flatMap((row) => row.slice(0, -1))),
    offsets: Float64Array.from(own, (row) => row.at(-1) as number),
  };
}

/** The twin of `createRlc` with the same options. */
export function rlcTwin(options: RlcTwinOptions = {}): Promise<Twin> {
  return createTwin(encodeModel(rlcTwinGraph(options)), rlcStage);
}
