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
 * The linear answer to the whole drive is one matrix product; slot by slot there is left what the discharges have done to it
 * (v − v_linear and, over its weight in the next v, i − i_linear). Two half discharges that meet between slots are one; the
 * halves that only the outputs see come at the end, all at once. Voltages are counted from the threshold, in units in which the
 * discharge of a slot is w → w / (1 + w). This leaves eleven operations a slot.
 */
export function rlcTwinGraph(options: RlcTwinOptions = {}, circuit: RlcTwinCircuit = nominalRlc): Graph {
  const { bursts = 28 } = options;
  const { slots, slotLength, splitting } = twinScan(options);
  const { matrix } = linearPart(circuit);
  const [ii, iv, vi, vv] = matrixExponential(
    matrix.map((value) => value * slotLength),
    2,
  ) as unknown as readonly [number, number, number, number];
  const unit = 1 / (circuit.transconductance * circuit.inverseCapacitance * slotLength);

  const g = createBuilder();
  const drive = g.input("inputs", "float32", ["rows", bursts * slots]);
  const bySlot = g.transpose(g.reshape(drive, [-1, slots]), [1, 0]);
  const linear = g.matMul(
    g.constant(tensor("float32", [slots, slots], slotResponses(circuit, slots, slotLength, 1 / unit))),
    bySlot,
  );
  const drives = g.apply(
    "Split",
    [g.sub(linear, circuit.threshold / unit), g.integers(Array.from({ length: slots }, () => 1))],
    {},
    { outputs: slots },
  );

  /** What a discharge takes off w = max(0, v): w / (1 + part w) − w. */
  const discharge = (volts: Value, part: number): Value => {
    const above = g.relu(volts);
    return g.sub(g.div(above, g.add(part === 1 ? above : g.mul(above, part), 1)), above);
  };
  const reached: Value[] = [];
  let current: Value | undefined;
  let voltage: Value | undefined;
  for (const own of drives) {
    const before: Value = voltage === undefined ? own : g.add(own, voltage);
    reached.push(before);
    const taken = discharge(before, 1);
    const left: Value = voltage === undefined ? taken : g.add(voltage, taken);
    voltage = current === undefined ? g.mul(left, vv) : g.add(g.mul(current, vi * iv), g.mul(left, vv));
    current = current === undefined ? left : g.add(g.mul(current, ii), left);
  }
  const all = g.concat(reached, 0);
  const measured = g.add(g.mul(g.add(all, discharge(all, splitting === "strang" ? 0.5 : 1)), unit), circuit.threshold);
  return g.build({ outputs: { [rlcStage]: g.reshape(g.transpose(measured, [1, 0]), [-1, bursts * slots]) } });
}

/** [slots × slots] v at the end of slot `row` for a drive of `scale` during slot `column` alone. */
function slotResponses(circuit: RlcTwinCircuit, slots: number, slotLength: number, scale: number): Float32Array {
  const { matrix } = linearPart(circuit);
  const stepOf = (count: number): Float64Array =>
    matrixExponential(
      matrix.map((value) => value * slotLength * count),
      2,
    );
  // From rest towards v = 1 and back: the answer to a step is 1 − exp(A t)ᵥᵥ, that to one slot the difference of two.
  const responses = Float64Array.from({ length: slots }, (_, k) => (stepOf(k)[3] as number) - (stepOf(k + 1)[3] as number));
  return new Float32Array(slots * slots).map((_, at) => {
    const since = Math.floor(at / slots) - (at % slots);
    return since < 0 ? 0 : scale * (responses[since] as number);
  });
}

/** The twin of `createRlc` with the same options. */
export function rlcTwin(options: RlcTwinOptions = {}): Promise<Twin> {
  return createTwin(encodeModel(rlcTwinGraph(options)), rlcStage);
}
