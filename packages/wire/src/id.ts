import { z } from "zod";

const pattern = /^[a-z0-9-]{1,36}$/;

/** Whether a text can name a fleet, a device, a trainer, a boot or a sample: 1 to 36 of `a-z`, `0-9` and `-`. */
export const isId = (text: string): boolean => pattern.test(text);

export const idSchema: z.ZodType<string> = z.string().regex(pattern, "expected 1 to 36 of a-z, 0-9 and -");

/** A device id; `trainer` is taken, because trainers stand beside devices in the topic tree. */
export const deviceIdSchema: z.ZodType<string> = idSchema.refine((id) => id !== "trainer", "trainer is not a device id");
