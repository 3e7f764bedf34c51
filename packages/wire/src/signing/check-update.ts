import { checkParameters, PortRangeError, type Ports } from "@ohmwork/core";
import { type Refused, refused, type RefusalReason } from "../result.ts";
import { checkOrder, type Moment, type OrderRefusal, type Trusted } from "./check-order.ts";
import type { OpenedUpdate } from "./update.ts";

/** What a device is and where it stands when an update comes. */
export type UpdateContext = Moment & {
  readonly fleet: string;
  readonly device: string;
  readonly groups: readonly string[];
  readonly ports: Ports;
  /** `hashOfPorts` of them. */
  readonly portsHash: string;
  readonly calibration?: string;
  readonly capabilities: readonly string[];
  /** Id of the committed parameter set, if there is one. */
  readonly current?: string;
  /** Of the last update that was accepted, whatever became of it. */
  readonly trusted?: Trusted;
};

export type UpdateRefusal =
  | RefusalReason
  | OrderRefusal
  | "foreign"
  | "incapable"
  | "wrong-ports"
  | "wrong-calibration"
  | "out-of-range"
  | "wrong-parent";

/**
 * `accepted`: to be kept as trusted before anything is done with it. `known`: the same that was accepted before, so what
 * became of it stands. `refused`: nothing may change but what `reported` says.
 */
export type UpdateVerdict =
  | { readonly verdict: "accepted"; readonly trusted: Trusted; readonly lastSignedAt: number }
  | { readonly verdict: "known" }
  | ({ readonly verdict: "refused" } & Omit<Refused<UpdateRefusal>, "ok">);

/** Whether a device may act on an update whose signature is good. The same arguments give the same verdict. */
export function checkUpdate({ update, set, digest }: OpenedUpdate, context: UpdateContext): UpdateVerdict {
  const { version: number, target, signedAt, expires } = update;
  const isForDevice = "device" in target ? target.device === context.device : context.groups.includes(target.group);
  if (update.fleet !== context.fleet || !isForDevice) {
    const whom = "device" in target ? `device ${target.device}` : `group ${target.group}`;
    return refuse("foreign", `Update ${number} is for ${whom} of fleet ${update.fleet}`);
  }
  const order = checkOrder("Update", { number, digest, signedAt, expires }, context.trusted, context);
  if (order === "known") return { verdict: "known" };
  if (order !== "fresh") return refuse(order.reason, order.detail);

  const missing = update.requires.find((what) => !context.capabilities.includes(what));
  if (missing !== undefined) return refuse("incapable", `Update ${number} needs a device that can ${missing}`);
  if (set.ports !== context.portsHash) {
    return refuse("wrong-ports", `Update ${number} is for ports ${short(set.ports)}, here are ${short(context.portsHash)}`);
  }
  if (set.calibration !== undefined && set.calibration !== context.calibration) {
    return refuse(
      "wrong-calibration",
      `Update ${number} is for calibration ${set.calibration}, here is ${context.calibration ?? "none"}`,
    );
  }
  const misfit = misfitOf(context.ports, set.values);
  if (misfit !== undefined) return refuse("out-of-range", `Update ${number}: ${misfit}`);
  if (set.parent !== context.current && !update.discardLocal) {
    return refuse("wrong-parent", `Update ${number} follows on ${short(set.parent)}, here is ${short(context.current)}`);
  }
  return { verdict: "accepted", trusted: { number, digest }, lastSignedAt: Math.max(context.lastSignedAt, signedAt) };
}

const refuse = (reason: UpdateRefusal, detail: string): UpdateVerdict => {
  const { ok: _, ...why } = refused(reason, detail);
  return { verdict: "refused", ...why };
};

const short = (hash: string | undefined): string => (hash === undefined ? "no set" : hash.slice(0, 12));

/** Why values do not fit the ports, in one line. */
function misfitOf(ports: Ports, parameters: Float32Array): string | undefined {
  try {
    checkParameters(ports.parameters, parameters);
    return undefined;
  } catch (error) {
    if (error instanceof RangeError || error instanceof PortRangeError) return error.message;
    throw error;
  }
}
