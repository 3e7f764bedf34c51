import { z } from "zod";

/** What the schemas of messages are made of. */

export const text: z.ZodString = z.string().max(200);

/** What a person is told, in one line. */
export const line: z.ZodString = z.string().max(1000);

/** Of a program, a stage or an argument: what can be a key of an object anywhere. */
export const name: z.ZodString = z
  .string()
  .regex(/^[a-zA-Z][\w -]{0,63}$/, "expected a letter, then letters, digits, _, - and spaces");

export const count: z.ZodInt = z.int().min(0);

/** Wall-clock time [ms since 1970]. */
export const milliseconds: z.ZodInt = z.int();

export const sha256: z.ZodString = z.string().regex(/^[0-9a-f]{64}$/, "expected 64 of 0-9 and a-f");

export const values: z.ZodType<Float32Array> = z
  .custom<Float32Array>((value) => value instanceof Float32Array, "expected a Float32Array")
  .meta({ type: "float32 array" });

export const bytes: z.ZodType<Uint8Array> = z
  .custom<Uint8Array>((value) => value instanceof Uint8Array, "expected bytes")
  .meta({ type: "bytes" });

/** A value that a command carries or an answer gives. */
export const scalar: z.ZodType<string | number | boolean> = z.union([text, z.number(), z.boolean()]);
