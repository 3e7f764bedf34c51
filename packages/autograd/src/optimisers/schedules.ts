/** The factor on the step size at a step, counted from 0. */
export type Schedule = (step: number) => number;

/** The same step size always. */
export function constantRate(): Schedule {
  return () => 1;
}

/** Times `factor` after every `every` steps. */
export function stepped({ every, factor }: { readonly every: number; readonly factor: number }): Schedule {
  return (step) => factor ** Math.floor(step / every);
}

/**
 * Down along half a cosine to the share `last` of the step size (Loshchilov & Hutter, arXiv 1608.03983), after rising in
 * equal steps over the first `warmUp`.
 */
export function cosine({
  steps,
  warmUp = 0,
  last = 0,
}: {
  readonly steps: number;
  readonly warmUp?: number;
  readonly last?: number;
}): Schedule {
  return (step) => {
    if (step < warmUp) return (step + 1) / warmUp;
    const along = Math.min(1, (step - warmUp) / Math.max(1, steps - warmUp));
    return last + (1 - last) * 0.5 * (1 + Math.cos(Math.PI * along));
  };
}

/**
 * Up along half a cosine over the share `rise` of the steps, from the share `first` of the step size to all of it, then down
 * to the share `last` (Smith & Topin, arXiv 1708.07120).
 */
export function oneCycle({
  steps,
  rise = 0.3,
  first = 1 / 25,
  last = first / 1e4,
}: {
  readonly steps: number;
  readonly rise?: number;
  readonly first?: number;
  readonly last?: number;
}): Schedule {
  const top = Math.max(0, steps * rise - 1);
  const between = (from: number, to: number, along: number): number => to + (from - to) * 0.5 * (1 + Math.cos(Math.PI * along));
  return (step) =>
    step < top ? between(first, 1, step / top) : between(1, last, Math.min(1, (step - top) / Math.max(1, steps - 1 - top)));
}
