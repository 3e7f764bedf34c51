import type { Stretch } from "./step-case.ts";

/** Milliseconds of one step, medians over the rounds: by the wall clock, and of processor time, which other work hardly touches. */
export type Milliseconds = { readonly wall: number; readonly processor: number; readonly leastWall: number };

/** Rounds before those that count: engines compile what they run often. */
const WARM_UP = 3;

/** Has each side take a stretch in turn, round after round, so that what else the machine does falls on all alike. */
export async function inTurn<Side extends string>(
  rounds: number,
  sides: Readonly<Record<Side, () => Promise<Stretch>>>,
): Promise<Record<Side, Milliseconds>> {
  const names = Object.keys(sides) as Side[];
  const taken = Object.fromEntries(names.map((name) => [name, [] as Stretch[]])) as Record<Side, Stretch[]>;
  for (let round = -WARM_UP; round < rounds; round += 1) {
    for (const name of names) {
      const stretch = await sides[name]();
      if (round >= 0) taken[name].push(stretch);
    }
  }
  return Object.fromEntries(names.map((name) => [name, millisecondsOf(taken[name])])) as Record<Side, Milliseconds>;
}

function millisecondsOf(stretches: readonly Stretch[]): Milliseconds {
  const wall = sorted(stretches.map(({ wallSeconds }) => wallSeconds));
  const processor = sorted(stretches.map(({ processorSeconds }) => processorSeconds));
  return { wall: rounded(middle(wall)), processor: rounded(middle(processor)), leastWall: rounded(wall[0] as number) };
}

function sorted(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b);
}

function middle(values: readonly number[]): number {
  return values[values.length >> 1] as number;
}

function rounded(seconds: number): number {
  return Number((1000 * seconds).toPrecision(4));
}
