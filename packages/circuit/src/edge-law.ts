/** A resistor that never changes. */
export type ResistorLaw = { readonly law: "resistor"; readonly resistanceOhms: number };

/** A conductor that can be set to any value of its window. Parameter: conductance [S]. */
export type ConductorLaw = { readonly law: "conductor"; readonly minSiemens: number; readonly maxSiemens: number };

/**
 * A digital potentiometer used as a rheostat, linear in resistance: R(n) = wiperOhms + n / steps · endToEndOhms.
 * Parameter: wiper position n in [lowestPosition, positions − 1]. A position between two taps stands for the value between them.
 */
export type LinearPotLaw = {
  readonly law: "linear-pot";
  readonly endToEndOhms: number;
  /** Number of taps. */
  readonly positions: number;
  readonly wiperOhms: number;
  /** @default 0 */
  readonly lowestPosition?: number;
  /** Steps that make up the whole end-to-end resistance. @default positions − 1 */
  readonly steps?: number;
};

/** A potentiometer with logarithmic taps: G(n) = (1 / minOhms) · (minOhms / maxOhms)^(n / (positions − 1)). Parameter: n. */
export type LogPotLaw = {
  readonly law: "log-pot";
  readonly minOhms: number;
  readonly maxOhms: number;
  /** Number of taps. */
  readonly positions: number;
  /** @default 0 */
  readonly lowestPosition?: number;
};

/** A diode that conducts from → to: I = Is (exp(V / (n·VT)) − 1) + gmin·V (Shockley, with a leak that keeps every state unique). */
export type DiodeLaw = {
  readonly law: "diode";
  readonly saturationAmperes: number;
  readonly emissionCoefficient: number;
  readonly thermalVolts: number;
  /** @default 1e-12 */
  readonly gminSiemens?: number;
};

/**
 * An n-channel transistor as an edge: I(a→b) = (S/2)·[max(Vg − Vt − Vb, 0)² − max(Vg − Vt − Va, 0)²] + gmin·(Va − Vb).
 * The ohmic law of Dillavou et al., PNAS 121, e2319718121 (2024), where both brackets are positive; it saturates where one
 * is not, and so has one state only. Parameter: gate voltage Vg [V].
 */
export type MosfetLaw = {
  readonly law: "mosfet";
  /** Transconductance parameter S [A/V²]. */
  readonly amperesPerSquareVolt: number;
  readonly thresholdVolts: number;
  readonly gminSiemens: number;
  readonly minGateVolts: number;
  readonly maxGateVolts: number;
};

/** What kind of conductor an edge is. */
export type EdgeLaw = ResistorLaw | ConductorLaw | LinearPotLaw | LogPotLaw | DiodeLaw | MosfetLaw;

/** Laws whose current is a conductance times the voltage drop. */
export type LinearLaw = ResistorLaw | ConductorLaw | LinearPotLaw | LogPotLaw;

/** Unit and window of the parameter of an edge; `levels` where the hardware is stepped. */
export type ParameterRange = {
  readonly unit: "S" | "V" | "position";
  readonly min: number;
  readonly max: number;
  readonly levels?: number;
};

/** Leak of a diode whose law names none [S]: the default `gmin` of SPICE. */
const defaultDiodeGminSiemens = 1e-12;

/** Leak in parallel to a diode [S]. */
export function gminOf(law: DiodeLaw): number {
  return law.gminSiemens ?? defaultDiodeGminSiemens;
}

/** Whether the current through an edge of this law is a conductance times its voltage drop. */
export function isLinear(law: EdgeLaw): law is LinearLaw {
  return law.law !== "diode" && law.law !== "mosfet";
}

/**
 * Conductance [S] of a linear law at a parameter, which a fixed resistor ignores.
 *
 * @throws TypeError when the law is not linear
 */
export function conductanceOf(law: EdgeLaw, parameter: number): number {
  switch (law.law) {
    case "resistor":
      return 1 / law.resistanceOhms;
    case "conductor":
      return parameter;
    case "linear-pot":
      return 1 / (law.wiperOhms + (parameter / (law.steps ?? law.positions - 1)) * law.endToEndOhms);
    case "log-pot":
      return Math.pow(law.minOhms / law.maxOhms, parameter / (law.positions - 1)) / law.minOhms;
    case "diode":
    case "mosfet":
      throw new TypeError(`An edge of law ${law.law} has no conductance of its own: its current depends on both node voltages`);
    default:
      return law satisfies never;
  }
}

/** Window of the parameter of a law; undefined where there is nothing to set. */
export function parameterRange(law: EdgeLaw): ParameterRange | undefined {
  switch (law.law) {
    case "resistor":
    case "diode":
      return undefined;
    case "conductor":
      return { unit: "S", min: law.minSiemens, max: law.maxSiemens };
    case "linear-pot":
    case "log-pot": {
      const min = law.lowestPosition ?? 0;
      return { unit: "position", min, max: law.positions - 1, levels: law.positions - min };
    }
    case "mosfet":
      return { unit: "V", min: law.minGateVolts, max: law.maxGateVolts };
    default:
      return law satisfies never;
  }
}

/** +1 where a larger parameter conducts more, −1 where it conducts less. */
export function orientationOf(law: EdgeLaw): 1 | -1 {
  return law.law === "linear-pot" || law.law === "log-pot" ? -1 : 1;
}
