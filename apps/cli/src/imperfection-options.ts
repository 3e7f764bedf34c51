import type { Imperfections } from "@ohmwork/systems";
import { decimalNumber } from "./strict-command.ts";

/** Options that declare what the simulated circuit does and an ideal one does not. */
export const imperfectionArgs = {
  "comparator-offset": { type: "string", valueHint: "V", description: "Fixed offset of each comparator, standard deviation [V]" },
  "comparator-noise": {
    type: "string",
    valueHint: "V",
    description: "Noise of each comparator decision, standard deviation [V]",
  },
  "tap-tolerance": {
    type: "string",
    valueHint: "share",
    description: "Standard deviation of each potentiometer step, as a share",
  },
  "end-to-end-tolerance": { type: "string", valueHint: "share", description: "The same of each potentiometer as a whole" },
  "replica-mismatch": { type: "string", valueHint: "share", description: "The same between the two replicas" },
  stuck: { type: "string", valueHint: "edge,…", description: "Edges whose wiper does not move" },
  cut: { type: "string", valueHint: "edge,…", description: "Edges that do not conduct" },
} as const;

type Given = Partial<Record<keyof typeof imperfectionArgs, string | undefined>>;

/** @throws BadInputError naming option, value and window */
export function imperfectionsFrom(given: Given): Partial<Imperfections> {
  const share = { min: 0, max: 1 };
  const names = (text: string | undefined): string[] | undefined => text?.split(",").map((name) => name.trim());
  const all = {
    comparatorOffsetVolts: decimalNumber(given["comparator-offset"], "--comparator-offset", { min: 0, max: 10, unit: "V" }),
    comparatorNoiseVolts: decimalNumber(given["comparator-noise"], "--comparator-noise", { min: 0, max: 10, unit: "V" }),
    tapTolerance: decimalNumber(given["tap-tolerance"], "--tap-tolerance", share),
    endToEndTolerance: decimalNumber(given["end-to-end-tolerance"], "--end-to-end-tolerance", share),
    replicaMismatch: decimalNumber(given["replica-mismatch"], "--replica-mismatch", share),
    stuckEdges: names(given.stuck),
    cutEdges: names(given.cut),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
