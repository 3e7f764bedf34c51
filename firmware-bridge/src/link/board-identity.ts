import { parseHex } from "./hex.ts";

/** What a board says of itself in answer to HELLO. */
export type BoardIdentity = {
  /** Version of the firmware. */
  readonly version: string;
  /** First 32 bits of what the firmware was built from. */
  readonly build: string;
  readonly protocol: number;
  readonly largestNetwork: number;
  readonly resetCause: string;
  /** Starts of the firmware so far, modulo 65536. */
  readonly epoch: number;
  readonly hasNetlist: boolean;
  readonly wipersProgrammed: boolean;
  readonly calibrated: boolean;
};

/** The identity in the fields of a HELLO; undefined when they are not those of this firmware. */
export function parseIdentity(fields: readonly string[]): BoardIdentity | undefined {
  const [name, version, build, protocol, edges, resetCause, epoch, flags] = fields;
  const [p, e, n, f] = [protocol, edges, epoch, flags].map((text) => parseHex(text ?? ""));
  if (name !== "ohmwork" || version === undefined || build === undefined || resetCause === undefined) return undefined;
  if (p === undefined || e === undefined || n === undefined || f === undefined) return undefined;
  return {
    version,
    build,
    protocol: p,
    largestNetwork: e,
    resetCause,
    epoch: n,
    hasNetlist: (f & 1) !== 0,
    wipersProgrammed: (f & 2) !== 0,
    calibrated: (f & 4) !== 0,
  };
}
