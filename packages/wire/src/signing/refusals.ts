import type { RefusalReason } from "../result.ts";
import type { LeaseRefusal } from "./check-lease.ts";
import { clockSkewMilliseconds } from "./check-order.ts";
import type { RespondRefusal } from "./check-respond.ts";
import type { UpdateRefusal } from "./check-update.ts";

/** What only a device can refuse: it knows what it does and what it has forgotten. */
type DeviceRefusal = "lease-ended" | "busy" | "unknown-command";

/** Every reason for which something from a wire is refused, and what it means. */
export const refusals: Readonly<Record<RefusalReason | UpdateRefusal | LeaseRefusal | RespondRefusal | DeviceRefusal, string>> = {
  "too-large": "It is longer than may travel",
  malformed: "The bytes are not JSON, not CBOR in deterministic form, or not what their sha256 says",
  "unknown-version": "It names a version that is not read here",
  "unknown-kind": "The topic is none of those on this page",
  invalid: "A key is missing, or holds what it may not hold",
  unsigned: "No trusted key has signed it for this purpose, or it was changed since",
  foreign: "It is for another device, group or fleet",
  older: "Its number is below one that is trusted already",
  conflicting: "Its number is trusted already, for something else",
  expired: "It is too late for it, by the clock, the last signature or monotonic time",
  "not-yet": `It is signed more than ${clockSkewMilliseconds / 60_000} minutes in the future`,
  forgotten: "What the device had trusted is lost, and its clock is not synchronised: it may be an old one",
  incapable: "It needs what the device cannot do",
  "wrong-ports": "It was made for a device with other ports",
  "wrong-calibration": "Its values hold for another calibration",
  "out-of-range": "A value is no number, one too many or too few, or outside its port's or its lease's window",
  "wrong-parent": "It does not follow on the current set, and may not discard what was learned since",
  "no-lease": "The lease it stands under is not the one that stands: send it along",
  "lease-ended": "Its lease was released, or ended with the agent: another one is needed",
  "unknown-values": "Parameters are named by a hash that was never sent: send them along",
  "wrong-values": "The parameters are not those of their hash",
  busy: "More requests wait already than the device takes ahead",
  "unknown-command": "The command is none of those on this page",
};
