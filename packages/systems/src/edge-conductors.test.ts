import { ad5220, conductanceOf, createCircuit, siliconDiode, transistorEdge } from "@ohmwork/circuit";
import { expect, it } from "vitest";
import { drawEdgeConductors } from "./edge-conductors.ts";
import { idealEdges } from "./imperfections.ts";

const pot = { ...ad5220(100_000), lowestPosition: 1 };
const circuit = createCircuit(
  ["a", "b"],
  [
    ...Array.from({ length: 400 }, (_, i) => ({ name: `pot ${i}`, from: 0, to: 1, law: pot })),
    { name: "fixed", from: 0, to: 1, law: { law: "resistor", resistanceOhms: 1000 } },
    { name: "transistor", from: 0, to: 1, law: transistorEdge() },
    { name: "diode", from: 0, to: 1, law: siliconDiode() },
  ],
);
const draw = (imperfections: Partial<typeof idealEdges>, replica = "first"): ReturnType<typeof drawEdgeConductors> =>
  drawEdgeConductors(circuit, { ...idealEdges, ...imperfections }, 1, replica);
const sd = (values: readonly number[]): number => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
};
const POTS = Array.from({ length: 400 }, (_, e) => e);

it("drawEdgeConductors() gives nominal conductances without imperfections", () => {
  for (const position of [1, 64, 127]) expect(draw({}).conductanceAt(0, position)).toBeCloseTo(conductanceOf(pot, position), 15);
  expect(draw({}).conductanceAt(400, 0)).toBeCloseTo(1e-3, 15);
});

it("drawEdgeConductors() spreads whole resistances and single steps as declared", () => {
  const nominal = 1 / conductanceOf(pot, 127);
  const whole = draw({ endToEndTolerance: 0.1 });
  expect(sd(POTS.map((e) => 1 / whole.conductanceAt(e, 127) / nominal))).toBeCloseTo(0.1, 1.5);
  const stepped = draw({ tapTolerance: 0.2 });
  const stepOhms = 100_000 / 128;
  const stepsOf = (e: number): number => (1 / stepped.conductanceAt(e, 65) - 1 / stepped.conductanceAt(e, 64)) / stepOhms;
  expect(sd(POTS.map(stepsOf))).toBeCloseTo(0.2, 1.3);
  for (const e of POTS) expect(stepsOf(e)).toBeGreaterThan(0); // never backwards
});

it("drawEdgeConductors() shares tolerances between replicas, and mismatch not", () => {
  const [first, second] = [draw({ endToEndTolerance: 0.1 }), draw({ endToEndTolerance: 0.1 }, "second")];
  for (const e of POTS) expect(second.conductanceAt(e, 64)).toBe(first.conductanceAt(e, 64));
  const [one, other] = [draw({ replicaMismatch: 0.1 }), draw({ replicaMismatch: 0.1 }, "second")];
  const ratios = POTS.map((e) => one.conductanceAt(e, 64) / other.conductanceAt(e, 64));
  expect(sd(ratios)).toBeCloseTo(0.1 * Math.SQRT2, 1.3);
});

it("drawEdgeConductors() cuts an edge and leaves all others as they were", () => {
  const whole = draw({ endToEndTolerance: 0.1, tapTolerance: 0.1 });
  const cut = draw({ endToEndTolerance: 0.1, tapTolerance: 0.1, cutEdges: ["pot 3"] });
  expect(cut.conductanceAt(3, 64)).toBe(0);
  for (const e of POTS.filter((one) => one !== 3)) expect(cut.conductanceAt(e, 64)).toBe(whole.conductanceAt(e, 64));
});

it("drawEdgeConductors() scales what a transistor and a diode carry", () => {
  const { circuit: drawn } = draw({ endToEndTolerance: 0.2 });
  const [transistor, diode] = drawn.edges.slice(-2).map(({ law }) => law);
  const factor = transistor?.law === "mosfet" ? transistor.amperesPerSquareVolt / transistorEdge().amperesPerSquareVolt : 1;
  expect(factor).not.toBe(1);
  expect(transistor).toMatchObject({ gminSiemens: expect.closeTo(transistorEdge().gminSiemens * factor, 15) });
  expect(diode?.law === "diode" && diode.saturationAmperes).not.toBe(siliconDiode().saturationAmperes);
});
