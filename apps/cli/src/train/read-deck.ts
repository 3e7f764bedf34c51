import { fileURLToPath } from "node:url";
import { BadInputError } from "@ohmwork/core";
import { readSpiceDeck, type SpiceDeck } from "@ohmwork/systems";
import { readUserFile } from "../read-user-file.ts";
import { withFile } from "../with-file.ts";

/** The deck that comes along. */
const example: string = fileURLToPath(new URL("../../decks/diode-layer.cir", import.meta.url));

/**
 * A netlist, `name.cir`, and its ports, `name.json` beside it.
 *
 * @throws BadInputError in one line when they are not there, or do not fit
 */
export async function readDeck(file: string = example): Promise<SpiceDeck> {
  if (!/\.(cir|net|sp|spice)$/.test(file))
    throw new BadInputError(`Option --deck is "${file}", expected a netlist with a name such as deck.cir`);
  const netlist = await readUserFile(file);
  const ports = file.replace(/\.[a-z]+$/, ".json");
  const portsJson = await readUserFile(ports);
  return withFile(ports, () => readSpiceDeck(netlist, portsJson, file));
}
