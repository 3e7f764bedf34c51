import type { Graph } from "../graph.ts";
import { addIntoProducts } from "./add-into-products.ts";
import { expandInFront } from "./expand-in-front.ts";
import { foldSmall } from "./fold-small.ts";
import { nameOutputs } from "./name-outputs.ts";
import { passThrough } from "./pass-through.ts";
import { pickRows } from "./pick-rows.ts";
import { removeDead } from "./remove-dead.ts";
import { shareCommon } from "./share-common.ts";
import { shareOutputs } from "./share-outputs.ts";

/** Each pass may open the way for the others; what is written down by rules settles within this many rounds. */
const ROUNDS = 4;

/**
 * The same results with less work: small constants folded, what does nothing passed over, what is done twice done once, and
 * what nobody needs left out. Inputs and outputs keep their names and order.
 */
export function simplify(graph: Graph): Graph {
  // A product that takes something in hides it from the other passes: that comes last.
  return removeDead(addIntoProducts(settle(expandInFront(pickRows(settle(graph))))));
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
