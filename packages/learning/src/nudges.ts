/**
 * What is done to the outputs of a network at one presentation. Writes the displacement of every output from its free
 * voltage towards its label into `displacement` [V], NaN where it is left free, and returns how strongly this
 * presentation teaches: 1 as usual, 0 nothing.
 */
export type Nudge = (free: Float64Array, label: Float64Array, displacement: Float64Array) => number;

/**
 * Every labelled output is pulled by the fraction η of its error: v + η (label − v).
 *
 * @param options.eta size of the nudge, in (0, 1]
 * @param options.tolerance errors up to this are left alone and larger ones count from here [V]: the hinge that teaches "only when wrong" @default 0
 */
export function towardsLabel(options: { eta: number; tolerance?: number }): Nudge {
  const { eta, tolerance = 0 } = options;
  return (free, label, displacement) => {
    let taught = 0;
    for (let k = 0; k < free.length; k += 1) {
      const error = (label[k] as number) - (free[k] as number);
      const excess = Math.abs(error) - tolerance;
      if (excess > 0) {
        displacement[k] = eta * Math.sign(error) * excess;
        taught = 1;
      } else displacement[k] = Number.NaN; // inside the tolerance, or not labelled: NaN is not > 0
    }
    return taught;
  };
}

/**
 * Overclamping: the output is pulled to a far rail on the side where its label lies, so that the contrast stays large
 * beside an edge's fixed error, and the strength shrinks with the error instead (model of arXiv 2505.22887).
 *
 * @param options.eta size of the nudge towards the rail, in (0, 1]
 * @param options.low voltage of the low rail [V]
 * @param options.high voltage of the high rail [V]
 * @param options.fullStrengthError error at which the strength is 1 [V]
 * @param options.exponent the strength falls as (error / full)^exponent: 1 makes the cost quadratic, 0 linear @default 1
 */
export function overclamped(options: {
  eta: number;
  low: number;
  high: number;
  fullStrengthError: number;
  exponent?: number;
}): Nudge {
  const { eta, low, high, fullStrengthError, exponent = 1 } = options;
  return (free, label, displacement) => {
    let largest = 0;
    for (let k = 0; k < free.length; k += 1) {
      const output = free[k] as number;
      const error = (label[k] as number) - output;
      if (Number.isNaN(error) || error === 0) {
        displacement[k] = Number.NaN;
        continue;
      }
      displacement[k] = eta * ((error > 0 ? high : low) - output);
      largest = Math.max(largest, Math.abs(error));
    }
    return largest === 0 ? 0 : Math.min(1, (largest / fullStrengthError) ** exponent);
  };
}

/**
 * One output per class: if the right output (the one with the highest label) does not lead every other by `margin`, it is
 * pushed up by `push` and its strongest labelled rival down by as much; the others are left free.
 *
 * @param options.push [V]
 * @param options.margin [V]
 */
export function towardsMargin(options: { push: number; margin: number }): Nudge {
  const { push, margin } = options;
  return (free, label, displacement) => {
    displacement.fill(Number.NaN);
    let right = -1;
    for (let k = 0; k < label.length; k += 1) if ((label[k] as number) > (label[right] ?? Number.NEGATIVE_INFINITY)) right = k;
    let rival = -1;
    for (let k = 0; k < free.length; k += 1) {
      const isRival = k !== right && !Number.isNaN(label[k]);
      if (isRival && (free[k] as number) > (free[rival] ?? Number.NEGATIVE_INFINITY)) rival = k;
    }
    if (right < 0 || rival < 0 || (free[right] as number) - (free[rival] as number) >= margin) return 0;
    displacement[right] = push;
    displacement[rival] = -push;
    return 1;
  };
}

/**
 * A nudge that teaches less and less: its strength falls in equal steps from all of it to the share `last`, over so many presentations, and
 * stays there. It counts its own presentations, and so belongs to one training of one system.
 */
export function fading(nudge: Nudge, { presentations, last }: { readonly presentations: number; readonly last: number }): Nudge {
  let shown = 0;
  return (free, label, displacement) => {
    const share = Math.max(last, 1 - ((1 - last) * shown) / presentations);
    shown += 1;
    return share * nudge(free, label, displacement);
  };
}
