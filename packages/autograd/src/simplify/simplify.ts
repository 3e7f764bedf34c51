import type { Graph } from "../graph.ts";
import { addIntoProducts } from "./add-into-products.ts";
import { expandInFront } from "./expand-in-front.ts";
import { foldSmall } from "./fold-small.ts";
import { maskByProduct } from "./mask-by-product.ts";
import { nameOutputs } from "./name-outputs.ts";
import { passThrough } from "./pass-through.ts";
import { pickRows } from "./pick-rows.ts";
import { removeDead } from "./remove-dead.ts";
import { shareCommon } from "./share-common.ts";
import { shareOutputs } from "./share-outputs.ts";
import { turnAsMatrices } from "./turn-as-matrices.ts";
import { turnBefore } from "./turn-before.ts";
import { workOnColumns } from "./work-on-columns.ts";

/** Each pass may open the way for the others; what is written down by rules settles within this many rounds. */
const ROUNDS = 4;

/** In this order: what makes the same stand side by side first, what hides it from other passes last. */
const passes: readonly ((graph: Graph) => Graph)[] = [
  settle,
  workOnColumns,
  settle,
  inOneOrder,
  pickRows,
  expandInFront,
  maskByProduct,
  turnAsMatrices,
  settle,
  addIntoProducts,
  removeDead,
];

/**
 * The same results with less work: small constants folded, what does nothing passed over, what is done twice done once, and
 * what nobody needs left out; and what is left written as a runtime does it fastest. Inputs and outputs keep their names and
 * order.
 */
export function simplify(graph: Graph): Graph {
  return passes.reduce((before, pass) => pass(before), graph);
}

/** Each transposition may open the way for the next. */
function inOneOrder(graph: Graph): Graph {
  let before = graph;
  for (let round = 0; round < ROUNDS; round += 1) {
    const after = turnBefore(before);
    if (after.nodes.length === before.nodes.length) return before;
    before = settle(after);
  }
  return before;
}

function settle(graph: Graph): Graph {
  let before = removeDead(graph);
  for (let round = 0; round < ROUNDS; round += 1) {
    const after = removeDead(nameOutputs(shareOutputs(shareCommon(passThrough(foldSmall(before))))));
    if (after.nodes.length === before.nodes.length) return after;
    before = after;
  }
  return before;
}
