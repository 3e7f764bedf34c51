import { parseCsv } from "./csv.ts";
import { irisCsv } from "./data/iris-csv.ts";
import type { Dataset } from "./dataset.ts";

/** Fisher's irises: 150 flowers, 4 lengths in cm, 3 species of 50 each, in the order of the source. */
export function iris(): Dataset {
  return {
    ...parseCsv(irisCsv, { file: "iris" }),
    source: "R. A. Fisher, Annals of Eugenics 7(2), 179–188 (1936), as in scikit-learn 1.2.1",
  };
}
