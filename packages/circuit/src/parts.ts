import type { DiodeLaw, LinearPotLaw, LogPotLaw, MosfetLaw } from "./edge-law.ts";

/** AD5220 as a rheostat: 128 positions, R(D) = D/128 · R_AB + 40 Ω (Analog Devices data sheet, "Programming the variable resistor"). */
export function ad5220(endToEndOhms: number): LinearPotLaw {
  return { law: "linear-pot", endToEndOhms, positions: 128, steps: 128, wiperOhms: 40 };
}

/** MCP4251 as a rheostat: 257 taps, R(n) = n/256 · R_AB + 75 Ω typical (Microchip data sheet DS22060). */
export function mcp4251(endToEndOhms: number): LinearPotLaw {
  return { law: "linear-pot", endToEndOhms, positions: 257, steps: 256, wiperOhms: 75 };
}

/** X9C303S as a rheostat: 100 logarithmic taps from 40 Ω to 32 kΩ (Renesas data sheet). */
export function x9c303s(): LogPotLaw {
  return { law: "log-pot", minOhms: 40, maxOhms: 32_000, positions: 100 };
}

/** A small-signal silicon diode at 27 °C: 10 fA, n = 1. */
export function siliconDiode(): DiodeLaw {
  return { law: "diode", saturationAmperes: 1e-14, emissionCoefficient: 1, thermalVolts: 0.025_865, gminSiemens: 1e-12 };
}

/** The transistor edge that was fitted to the hardware of Dillavou et al. (2024): S = 0.85 mA/V², Vt = 0.62 V; gate window of its XOR runs. */
export function transistorEdge(): MosfetLaw {
  return {
    law: "mosfet",
    amperesPerSquareVolt: 8.5e-4,
    thresholdVolts: 0.62,
    gminSiemens: 8.5e-8,
    minGateVolts: 0.75,
    maxGateVolts: 6,
  };
}
