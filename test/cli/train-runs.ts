import { expect } from "vitest";
import { runOhmwork } from "./run-ohmwork.ts";

/** A short training of the optical bench. */
export function short(...more: string[]): string[] {
  return ["train", "digits", "--system", "shg", "--epochs", "3", "--json", ...more];
}

/** The one line of JSON that a command prints. */
export async function result(args: readonly string[]): Promise<Record<string, unknown>> {
  const { code, out, err } = await runOhmwork(args);
  expect({ code, err: code === 0 ? "" : err }).toEqual({ code: 0, err: "" });
  expect(out.trimEnd()).not.toContain("\n");
  return JSON.parse(out) as Record<string, unknown>;
}
