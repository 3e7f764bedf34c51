/** Volts at which an envelope stays: the supply of the converters. */
export const CEILING_VOLTS = 3.3;
/** Time constant of an envelope, as drawn [s]. */
export const ENVELOPE_SECONDS = 0.01;

/** What makes an envelope: an op-amp rectifier before R and C, or a Schottky diode that charges C through 0.5 ms. */
export type Detector = "precision" | "diode";
/** Time constant at which a diode charges its capacitor [s]. */
export const CHARGE_SECONDS = 5e-4;
/** Drop of a diode as drawn [V]. */
export const DIODE_VOLTS = 0.25;

/** One channel as it stands now, with all its errors. */
export type ChannelNow = {
  readonly hertz: number;
  readonly quality: number;
  readonly gain: number;
  readonly envelopeSeconds: number;
  /** Offset of the rectifier, or drop of the diode [V]. */
  readonly offsetVolts: number;
};

/** Where each slot begins and ends in a row of samples, one past its last. */
export type SlotEdges = readonly { readonly start: number; readonly end: number }[];
