import { Seconds } from "@ohmwork/core";
import type { TrainingExperimentOptions } from "@ohmwork/recipes";
import { openNgspice } from "@ohmwork/runtime";
import { expectUnused, decimalNumber } from "../strict-command.ts";
import { readDeck } from "./read-deck.ts";

/** Options of commands that may drive a netlist. */
export const deckArgs = {
  deck: { type: "string", valueHint: "my.cir", description: "Netlist of the system spice, its ports beside it in my.json" },
  "deck-seconds": {
    type: "string",
    valueHint: "N",
    description: "The longest that ngspice may take for one row of the netlist; otherwise 60",
  },
} as const;

/**
 * The netlist that the system spice is, and what runs it; nothing for other systems.
 *
 * @throws BadInputError in one line when the deck is not there or does not fit, or an option is of another system
 */
export async function openDeck(
  system: string,
  options: { readonly deck?: string | undefined; readonly "deck-seconds"?: string | undefined },
): Promise<TrainingExperimentOptions["spice"]> {
  const { deck, "deck-seconds": seconds } = options;
  if (system !== "spice") {
    expectUnused("--deck", deck, "the system spice");
    expectUnused("--deck-seconds", seconds, "the system spice");
    return undefined;
  }
  const limit = decimalNumber(seconds, "--deck-seconds", { min: 0.1, max: 86_400, unit: "s" }) ?? 60;
  return { deck: await readDeck(deck), engine: openNgspice("ngspice", { limit: Seconds(limit) }) };
}
