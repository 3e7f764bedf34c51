import type { Ports } from "@ohmwork/core";
import { z } from "zod";
import { encodeCbor } from "../cbor.ts";
import { decodeCbor } from "../cbor-decode.ts";
import { checkVersioned, firstIssue, payloadVersion } from "../codec.ts";
import { milliseconds, name, sha256, text, values } from "../fields.ts";
import { idSchema } from "../id.ts";
import { portsSchema } from "../messages/presence.ts";
import { accepted, type Result } from "../result.ts";
import { sha256Hex } from "./sha256.ts";

/** Values and what they mean. */
export type ParameterSet = {
  /** Id of the set it was made from; absent from a first one. */
  readonly parent?: string;
  /** In the order of `ports.parameters`. */
  readonly values: Float32Array;
  /** How a task's numbers become inputs, by name. */
  readonly encoding: string;
  /** What the outputs stand for, in their order; empty where they are not classes. */
  readonly classes: readonly string[];
  /** `hashOfPorts` of the system it is for. */
  readonly ports: string;
  /** Of the device, where the values hold for one calibration only. */
  readonly calibration?: string;
  /** sha256 of the twin it was trained through, by stage. */
  readonly twins: Readonly<Record<string, string>>;
  /** Sent, or learned in place. */
  readonly origin: "update" | "local";
  /** Wall-clock time [ms since 1970]. */
  readonly madeAt: number;
};

/** A set in the bytes that its id is the sha256 of. They are what is sent and stored, so that a key which this version does not know is kept. */
export type SealedParameterSet = { readonly id: string; readonly bytes: Uint8Array };

export const parameterSetSchema: z.ZodType<ParameterSet> = z.object({
  parent: z.exactOptional(sha256).describe("id of the set it was made from"),
  values: values.describe("in the order of the ports"),
  encoding: text.describe("how a task's numbers become inputs"),
  classes: z.array(text).max(1000).describe("what the outputs stand for"),
  ports: sha256.describe("sha256 of the deterministic CBOR of the device's ports"),
  calibration: z.exactOptional(idSchema).describe("where the values hold for one calibration only"),
  twins: z.record(name, sha256).describe("of each stage, the graph it was trained through"),
  origin: z.enum(["update", "local"]).describe("sent, or learned in place"),
  madeAt: milliseconds.describe("[ms since 1970]"),
});

/** @throws RangeError when the set does not fit its schema */
export async function sealParameterSet(set: ParameterSet): Promise<SealedParameterSet> {
  const checked = parameterSetSchema.safeParse(set);
  if (!checked.success) throw new RangeError(`Parameter set does not fit: ${firstIssue(checked.error)}`);
  const bytes = encodeCbor({ v: payloadVersion, ...checked.data });
  return { id: await sha256Hex(bytes), bytes };
}

/** The set in some bytes with its id, or why there is none. Never throws, whatever the bytes. */
export async function openParameterSet(bytes: Uint8Array): Promise<Result<{ readonly id: string; readonly set: ParameterSet }>> {
  const decoded = decodeCbor(bytes);
  if (!decoded.ok) return decoded;
  const checked = checkVersioned("The parameter set", parameterSetSchema, decoded.value);
  return checked.ok ? accepted({ id: await sha256Hex(bytes), set: checked.value }) : checked;
}

/** sha256 of what a system's ports are, so that values never reach a system they were not made for. */
export async function hashOfPorts(ports: Ports): Promise<string> {
  return sha256Hex(encodeCbor(portsSchema.parse(ports)));
}

/** sha256 of bare parameter values, by which they are named once they were sent. */
export async function hashOfValues(parameters: Float32Array): Promise<string> {
  return sha256Hex(bytesOfValues(parameters));
}

/** What `hashOfValues` is the sha256 of: for whoever has one that need not be waited for. */
export const bytesOfValues = (parameters: Float32Array): Uint8Array => encodeCbor(parameters);
