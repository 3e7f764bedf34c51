/** Value of a smooth function at `point`; its gradient is written into `gradient`. */
export type Objective = (point: Float64Array, gradient: Float64Array) => number;

/** Pairs of steps and gradient changes remembered; more gains little (Liu and Nocedal 1989, table 2). */
const memory = 10;
/** Share of the descent predicted by the slope that a step must bring (Nocedal and Wright, "Numerical Optimization", ch. 3.1). */
const sufficientDescent = 1e-4;

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function addScaled(to: Float64Array, factor: number, what: Float64Array): void {
  for (let i = 0; i < to.length; i += 1) to[i] = (to[i] as number) + factor * (what[i] as number);
}

/**
 * Minimiser of a convex function from `start`, by L-BFGS with backtracking (Liu and Nocedal, Math. Programming 45, 503, 1989).
 *
 * @param options.tolerance largest entry of the gradient at which to stop. @default 1e-6
 * @param options.maxSteps steps after which to stop in any case. @default 1000
 */
export function minimise(
  objective: Objective,
  start: Float64Array,
  options: { readonly tolerance?: number; readonly maxSteps?: number } = {},
): Float64Array {
  const { tolerance = 1e-6, maxSteps = 1000 } = options;
  let point = Float64Array.from(start);
  let gradient = new Float64Array(point.length);
  let value = objective(point, gradient);
  const pairs: { step: Float64Array; change: Float64Array; curvature: number }[] = [];

  for (let iteration = 0; iteration < maxSteps; iteration += 1) {
    if (gradient.every((entry) => Math.abs(entry) <= tolerance)) break;
    const direction = descentDirection(gradient, pairs);
    const slope = dot(gradient, direction);
    const next = new Float64Array(point.length);
    const nextGradient = new Float64Array(point.length);
    let length = pairs.length === 0 ? Math.min(1, 1 / Math.sqrt(dot(gradient, gradient))) : 1;
    let nextValue = Infinity;
    for (; length > 1e-12; length /= 2) {
      next.set(point);
      addScaled(next, length, direction);
      nextValue = objective(next, nextGradient);
      if (nextValue <= value + sufficientDescent * length * slope) break;
    }
    if (!(nextValue < value)) break; // rounding: no step goes lower
    const step = next.map((entry, i) => entry - (point[i] as number));
    const change = nextGradient.map((entry, i) => entry - (gradient[i] as number));
    const curvature = dot(step, change);
    if (curvature > 1e-12 * dot(change, change)) pairs.push({ step, change, curvature });
    if (pairs.length > memory) pairs.shift();
    [point, gradient, value] = [next, nextGradient, nextValue];
  }
  return point;
}

/** Minus the gradient, times the inverse curvature that the remembered pairs imply: the two-loop recursion. */
function descentDirection(
  gradient: Float64Array,
  pairs: readonly { step: Float64Array; change: Float64Array; curvature: number }[],
): Float64Array {
  const direction = gradient.map((entry) => -entry);
  const shares = pairs.map(() => 0);
  for (let i = pairs.length - 1; i >= 0; i -= 1) {
    const { step, change, curvature } = pairs[i] as (typeof pairs)[number];
    const share = dot(step, direction) / curvature;
    shares[i] = share;
    addScaled(direction, -share, change);
  }
  const last = pairs.at(-1);
  const scale = last === undefined ? 1 : last.curvature / dot(last.change, last.change);
  for (let i = 0; i < direction.length; i += 1) direction[i] = scale * (direction[i] as number);
  for (const [i, { step, change, curvature }] of pairs.entries()) {
    addScaled(direction, (shares[i] as number) - dot(change, direction) / curvature, step);
  }
  return direction;
}
