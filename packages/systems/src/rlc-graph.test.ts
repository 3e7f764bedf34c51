import { differentiate, encodeModel, type GraphSession, tensor } from "@ohmwork/autograd";
import { testRuntime } from "@ohmwork/autograd/testing";
import { createRandom } from "@ohmwork/core";
import { describe, expect, it } from "vitest";
import { nominalRlc } from "./rlc-circuit.ts";
import { rlcStage, rlcTwin, rlcTwinGraph, type RlcTwinOptions, twinScan } from "./rlc-graph.ts";
import { createRlcKernel } from "./rlc-kernel.ts";

const normals = (count: number, seed: number): Float64Array => {
  const random = createRandom(seed, "twin of R-L-C");
  return new Float64Array(count).map(() => random.normal());
};

const inner = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, i) => sum + value * (b[i] as number), 0);

async function gradientOf(
  session: GraphSession,
  drive: Float64Array,
  cotangent: Float64Array,
  width: number,
): Promise<Float32Array> {
  const shape = [drive.length / width, width];
  const { grad_inputs } = await session.run({
    inputs: tensor("float32", shape, drive),
    [`cotangent_${rlcStage}`]: tensor("float32", shape, cotangent),
  });
  return grad_inputs?.data as Float32Array;
}

describe("rlcTwin()", () => {
  it("has the slope of the circuit in any direction", async () => {
    for (const options of [{}, { splitting: "lie" }, { bursts: 3, slots: 11, slotLength: 0.3 }] satisfies RlcTwinOptions[]) {
      const { bursts = 28, slots = 28 }: RlcTwinOptions = options;
      const width = bursts * slots;
      const graph = differentiate(rlcTwinGraph(options), { of: rlcStage, by: ["inputs"], vjp: true });
      await using session = await testRuntime.load(encodeModel(graph));
      const kernel = createRlcKernel(nominalRlc, twinScan(options));
      const answer = (drive: Float64Array): Float32Array => {
        const outputs = new Float32Array(drive.length);
        kernel(Float32Array.from(drive), outputs);
        return outputs;
      };
      const [drive, cotangent] = [normals(2 * width, 1), normals(2 * width, 2)];
      const gradient = await gradientOf(session, drive, cotangent, width);
      for (let seed = 3; seed < 8; seed += 1) {
        const direction = normals(2 * width, seed);
        const step = 0.01;
        const moved = (by: number): Float32Array => answer(drive.map((value, i) => value + by * (direction[i] as number)));
        const slope = (inner(cotangent, moved(step)) - inner(cotangent, moved(-step))) / (2 * step);
        const size = Math.sqrt(inner(gradient, gradient) * inner(direction, direction));
        expect(Math.abs(inner(gradient, direction) - slope) / size).toBeLessThan(1e-4);
      }
    }
  });

  it("lets no drive reach back in time or into another burst", async () => {
    const options = { bursts: 2, slots: 6 };
    const graph = differentiate(rlcTwinGraph(options), { of: rlcStage, by: ["inputs"], vjp: true });
    await using session = await testRuntime.load(encodeModel(graph));
    const cotangent = new Float64Array(12).map((_, i) => (i === 8 ? 1 : 0));
    const gradient = await gradientOf(session, normals(12, 1), cotangent, 12);
    expect(Array.from(gradient, (value) => value !== 0)).toEqual(Array.from(gradient, (_, i) => i >= 6 && i <= 8));
  });

  it("is named by what it is", async () => {
    const twin = await rlcTwin();
    expect(twin).toMatchObject({ stage: rlcStage, sha256: (await rlcTwin()).sha256 });
    expect((await rlcTwin({ slotLength: 0.7 })).sha256).not.toBe(twin.sha256);
  });
});
