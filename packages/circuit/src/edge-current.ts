import { conductanceOf, type EdgeLaw, gminOf } from "./edge-law.ts";

/** Current [A] from → to of one edge, with the voltages of its two nodes [V]. */
export function currentOf(law: EdgeLaw, parameter: number, va: number, vb: number): number {
  if (law.law === "diode") {
    const scale = law.emissionCoefficient * law.thermalVolts;
    return law.saturationAmperes * Math.expm1((va - vb) / scale) + gminOf(law) * (va - vb);
  }
  if (law.law === "mosfet") {
    const overdrive = parameter - law.thresholdVolts;
    const a = Math.max(overdrive - va, 0);
    const b = Math.max(overdrive - vb, 0);
    const difference = a > 0 && b > 0 ? va - vb : b - a; // the drop itself is exact where the overdrives are large
    return (law.amperesPerSquareVolt / 2) * difference * (b + a) + law.gminSiemens * (va - vb);
  }
  return conductanceOf(law, parameter) * (va - vb);
}

/** ∂I/∂Va [S] of one edge; 0 or more for every law. */
export function currentByFrom(law: EdgeLaw, parameter: number, va: number, vb: number): number {
  if (law.law === "diode") {
    const scale = law.emissionCoefficient * law.thermalVolts;
    return (law.saturationAmperes / scale) * Math.exp((va - vb) / scale) + gminOf(law);
  }
  if (law.law === "mosfet") {
    return law.amperesPerSquareVolt * Math.max(parameter - law.thresholdVolts - va, 0) + law.gminSiemens;
  }
  return conductanceOf(law, parameter);
}

/** ∂I/∂Vb [S] of one edge; 0 or less for every law. */
export function currentByTo(law: EdgeLaw, parameter: number, va: number, vb: number): number {
  // A transistor sees its far node exactly as its near one: h(Vb) − h(Va) with the same h.
  return law.law === "mosfet" ? -currentByFrom(law, parameter, vb, va) : -currentByFrom(law, parameter, va, vb);
}
