import { openFolder, writeAtomically } from "@ohmwork/runtime";
import { z } from "zod";

/** How the scores of a sensor become probabilities, as it was fitted where it stands. */
export type FittedDecision = { readonly gainPerVolt: number };

const NAME = "decision.json";
const schema: z.ZodType<FittedDecision> = z.object({ gainPerVolt: z.number().positive() });

/** What the state folder says; nothing where it says nothing that can be used. */
export function readDecision(state: string): Partial<FittedDecision> {
  const bytes = openFolder(state).read(NAME);
  if (bytes === undefined) return {};
  try {
    return schema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return {};
  }
}

/** @throws StoreFailedError when the disk refuses */
export function writeDecision(state: string, { gainPerVolt }: FittedDecision): void {
  writeAtomically(openFolder(state), NAME, new TextEncoder().encode(`${JSON.stringify({ gainPerVolt })}\n`));
}
