declare const unit: unique symbol;

/** A number with its SI unit in the type. It is a plain number at run time, so kernels pay nothing for it. */
export type Quantity<Unit extends string> = number & { readonly [unit]: Unit };

/** Electric potential [V]. */
export type Volts = Quantity<"V">;
/** Electric current [A]. */
export type Amperes = Quantity<"A">;
/** Resistance [Ω]. */
export type Ohms = Quantity<"Ω">;
/** Conductance [S]. */
export type Siemens = Quantity<"S">;
/** Capacitance [F]. */
export type Farads = Quantity<"F">;
/** Power [W]. */
export type Watts = Quantity<"W">;
/** Duration [s]. */
export type Seconds = Quantity<"s">;

function finite(value: number, name: string): number {
  if (!Number.isFinite(value)) throw new RangeError(`${name} must be finite: ${value}`);
  return value;
}

/** @throws RangeError when the value is not finite */
export const Volts = (value: number): Volts => finite(value, "Volts") as Volts;
/** @throws RangeError when the value is not finite */
export const Amperes = (value: number): Amperes => finite(value, "Amperes") as Amperes;
/** @throws RangeError when the value is not finite */
export const Ohms = (value: number): Ohms => finite(value, "Ohms") as Ohms;
/** @throws RangeError when the value is not finite */
export const Siemens = (value: number): Siemens => finite(value, "Siemens") as Siemens;
/** @throws RangeError when the value is not finite */
export const Farads = (value: number): Farads => finite(value, "Farads") as Farads;
/** @throws RangeError when the value is not finite */
export const Watts = (value: number): Watts => finite(value, "Watts") as Watts;
/** @throws RangeError when the value is not finite */
export const Seconds = (value: number): Seconds => finite(value, "Seconds") as Seconds;
