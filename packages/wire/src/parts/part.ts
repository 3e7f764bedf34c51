import { z } from "zod";
import { bytes, sha256 } from "../fields.ts";
import { idSchema } from "../id.ts";
import { mostParts } from "../topic.ts";

/** One part of a message that is too long for one payload; it travels on the message's topic with `/part/{index}` behind it. */
export type Part = {
  /** Names the message; together with its sha256 no other has it. */
  readonly id: string;
  readonly index: number;
  readonly count: number;
  /** Of the whole message. */
  readonly sha256: string;
  readonly bytes: Uint8Array;
};

export const partSchema: z.ZodType<Part> = z
  .object({
    id: idSchema.describe("names the message"),
    index: z.int().min(0).describe("0, 1, 2 …, as in the topic"),
    count: z.int().min(1).max(mostParts).describe("how many there are"),
    sha256: sha256.describe("of the whole message"),
    bytes: bytes.describe("this part of it"),
  })
  .refine(({ index, count }) => index < count, "index beyond count");
