/** How a parameter stands before it has learned anything: drawn normally around `mean`, or all zeros where nothing is told. */
export type Start = { readonly mean?: number; readonly deviation?: number };

/**
 * One layer of a network, as data. Rows are vectors: every layer takes [rows, width] and gives [rows, its own width].
 * Trainable parameters are those that have a `Start`.
 */
export type Layer =
  /** A physical system by the name under which device and twin are given; one start per group of its parameter ports. */
  | { readonly kind: "physical"; readonly system: string; readonly start?: readonly Start[] }
  /** x W + b, W drawn with the deviation 1/√inputs. */
  | { readonly kind: "linear"; readonly outputs: number }
  /** clamp(a x + b, −limit, limit), elementwise: the trainable encoding of a drive. */
  | { readonly kind: "rescale"; readonly scale: Start; readonly shift: Start; readonly limit?: number }
  /** A fixed random order of the values. */
  | { readonly kind: "permute"; readonly seed: number }
  /** Each value that many times in a row. */
  | { readonly kind: "repeat"; readonly times: number }
  /** Zeros after the values, up to a width. */
  | { readonly kind: "pad"; readonly width: number }
  /** The values from `from` up to, not including, `to`. */
  | { readonly kind: "select"; readonly from: number; readonly to: number }
  /** The same numbers in rows of another width. */
  | { readonly kind: "rows-of"; readonly width: number }
  /** (x − mean) · factor with fixed numbers. */
  | { readonly kind: "standardise"; readonly mean: number; readonly factor: number }
  /** Mean 0 and deviation 1 by fixed numbers, measured once before training: of each value over the rows, or of all together. */
  | { readonly kind: "normalise"; readonly over: "each" | "all" }
  /** Mean 0 and deviation 1 within each row. */
  | { readonly kind: "layer-norm" }
  | { readonly kind: "sigmoid" | "relu" | "tanh" }
  /** clamp(x, −limit, limit): the window of a converter. */
  | { readonly kind: "clamp"; readonly limit: number }
  /** −1 to 1 brought to the window of each port, min to max [width]; values beyond are held at its ends. */
  | { readonly kind: "to-ports"; readonly min: readonly number[]; readonly max: readonly number[] }
  /** What a light modulator makes of a drive: clamp(½ + x / 5, 0, 1). */
  | { readonly kind: "modulator" }
  /** Mean of the values, or of their squares, in each of so many equal windows; what is left over at the end is not looked at. */
  | { readonly kind: "windows"; readonly count: number; readonly of: "values" | "squares" }
  /** One trainable factor for all values. */
  | { readonly kind: "gain"; readonly start: number }
  /** Remembers the values under a name; `add-kept` adds them later: a skip connection. */
  | { readonly kind: "keep" | "add-kept"; readonly name: string };

/** A network as data: layers from the input to the scores of the classes. */
export type Network = { readonly inputs: number; readonly layers: readonly Layer[] };
