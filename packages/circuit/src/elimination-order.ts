/** Variables of equal structure are eliminated as one; the graph is held as variables and the elements (cliques) that elimination made of them. */
type Quotient = {
  variables: number[][]; // of a variable: neighbours no element covers yet
  elements: number[][]; // of a variable: elements it belongs to
  members: number[][]; // of an element: its variables
  weight: Int32Array; // of a variable: how many it stands for; 0 once gone
  size: Int32Array; // of an element: total weight of its variables
  followers: number[][]; // of a variable: those merged into it
};

/** Buckets of variables by degree, as doubly linked lists. */
function createBuckets(count: number): { insert(i: number, d: number): void; remove(i: number): void; takeLowest(): number } {
  const head = new Int32Array(count + 1).fill(-1);
  const next = new Int32Array(count).fill(-1);
  const previous = new Int32Array(count).fill(-1);
  const degree = new Int32Array(count).fill(-1);
  let lowest = 0;
  const insert = (i: number, d: number): void => {
    const first = head[d] as number;
    next[i] = first;
    previous[i] = -1;
    if (first >= 0) previous[first] = i;
    head[d] = i;
    degree[i] = d;
    if (d < lowest) lowest = d;
  };
  const remove = (i: number): void => {
    const d = degree[i] as number;
    if (d < 0) return;
    const before = previous[i] as number;
    const after = next[i] as number;
    if (before >= 0) next[before] = after;
    else head[d] = after;
    if (after >= 0) previous[after] = before;
    degree[i] = -1;
  };
  const takeLowest = (): number => {
    while (lowest <= count && (head[lowest] as number) < 0) lowest += 1;
    if (lowest > count) return -1;
    const i = head[lowest] as number;
    remove(i);
    return i;
  };
  return { insert, remove, takeLowest };
}

function sameSet(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  const set = new Set(a);
  return b.every((value) => set.has(value));
}

/**
 * Approximate minimum degree order of a symmetric pattern (Amestoy, Davis & Duff, SIAM J. Matrix Anal. Appl. 17, 886 (1996)):
 * the order of elimination that keeps the factor sparse. The variables of `last` come last, in the order given.
 *
 * @param neighbours of each variable, both ways, without itself; taken over and changed
 */
export function eliminationOrder(neighbours: number[][], last: readonly number[]): Int32Array {
  const count = neighbours.length;
  const graph: Quotient = {
    variables: neighbours,
    elements: neighbours.map(() => []),
    members: neighbours.map(() => []),
    weight: new Int32Array(count).fill(1),
    size: new Int32Array(count),
    followers: neighbours.map(() => []),
  };
  const { variables, elements, members, weight, size, followers } = graph;
  const kept = new Uint8Array(count);
  for (const i of last) kept[i] = 1;
  const order = new Int32Array(count);
  const bound = new Int32Array(count); // upper bound of the external degree
  const outside = new Int32Array(count); // of an element: weight outside the pivot's clique
  const seen = new Int32Array(count).fill(-1);
  const mark = new Int32Array(count).fill(-1);
  const absorbed = new Uint8Array(count);
  const buckets = createBuckets(count);
  for (let i = 0; i < count; i += 1) {
    bound[i] = (variables[i] as number[]).length;
    if (kept[i] === 0) buckets.insert(i, bound[i] as number);
  }
  let placed = 0;
  let stamp = 0;
  const place = (i: number): void => {
    order[placed] = i;
    placed += 1;
    for (const follower of followers[i] as number[]) place(follower);
  };

  for (let pivot = buckets.takeLowest(); pivot >= 0; pivot = buckets.takeLowest()) {
    stamp += 1;
    const clique: number[] = [];
    let cliqueWeight = 0;
    mark[pivot] = stamp;
    const collect = (i: number): void => {
      if (mark[i] === stamp || weight[i] === 0) return;
      mark[i] = stamp;
      clique.push(i);
      cliqueWeight += weight[i] as number;
    };
    for (const i of variables[pivot] as number[]) collect(i);
    for (const e of elements[pivot] as number[]) {
      for (const i of members[e] as number[]) collect(i);
      absorbed[e] = 1;
      members[e] = [];
    }
    weight[pivot] = 0;
    variables[pivot] = [];
    elements[pivot] = [];
    place(pivot);

    for (const i of clique) {
      const left = (elements[i] as number[]).filter((e) => absorbed[e] === 0);
      elements[i] = left;
      for (const e of left) {
        if (seen[e] !== stamp) {
          seen[e] = stamp;
          outside[e] = size[e] as number;
        }
        outside[e] = (outside[e] as number) - (weight[i] as number);
      }
    }
    const byHash = new Map<number, number[]>();
    const remaining: number[] = [];
    for (const i of clique) {
      let degree = 0;
      let hash = 0;
      const own = (elements[i] as number[]).filter((e) => {
        if ((outside[e] as number) > 0) return true;
        absorbed[e] = 1; // wholly inside the new clique
        return false;
      });
      for (const e of own) {
        degree += outside[e] as number;
        hash += e;
      }
      const rest = (variables[i] as number[]).filter((j) => mark[j] !== stamp && weight[j] !== 0);
      for (const j of rest) {
        degree += weight[j] as number;
        hash += j;
      }
      variables[i] = rest;
      elements[i] = own;
      if (kept[i] === 1) {
        own.push(pivot);
        remaining.push(i);
        continue;
      }
      buckets.remove(i);
      if (degree === 0) {
        // No neighbour outside the clique: eliminating it now adds nothing.
        cliqueWeight -= weight[i] as number;
        weight[i] = 0;
        place(i);
        continue;
      }
      own.push(pivot);
      bound[i] = Math.min(degree, bound[i] as number);
      remaining.push(i);
      const twins = byHash.get(hash);
      if (twins === undefined) byHash.set(hash, [i]);
      else twins.push(i);
    }
    for (const twins of byHash.values()) {
      for (let a = 0; a < twins.length; a += 1) {
        const i = twins[a] as number;
        if (weight[i] === 0) continue;
        for (let b = a + 1; b < twins.length; b += 1) {
          const j = twins[b] as number;
          if (weight[j] === 0) continue;
          if (!sameSet(variables[i] as number[], variables[j] as number[])) continue;
          if (!sameSet(elements[i] as number[], elements[j] as number[])) continue;
          weight[i] = (weight[i] as number) + (weight[j] as number);
          weight[j] = 0;
          (followers[i] as number[]).push(j);
          variables[j] = [];
          elements[j] = [];
        }
      }
    }
    members[pivot] = remaining.filter((i) => weight[i] !== 0);
    size[pivot] = cliqueWeight;
    for (const i of members[pivot] as number[]) {
      if (kept[i] === 1) continue;
      const degree = Math.min((bound[i] as number) + cliqueWeight - (weight[i] as number), count - placed);
      bound[i] = degree;
      buckets.insert(i, degree);
    }
  }
  for (const i of last) {
    order[placed] = i;
    placed += 1;
  }
  return order;
}
