import { isId } from "./id.ts";
import type { Kind } from "./messages.ts";
import { accepted, refused, type Result } from "./result.ts";

/** Where a message belongs in a fleet. */
export type Address =
  | { readonly kind: Exclude<Kind, "trainer-state">; readonly fleet: string; readonly device: string }
  | { readonly kind: "trainer-state"; readonly fleet: string; readonly trainer: string };

const deviceKinds: ReadonlySet<string> = new Set<Exclude<Kind, "trainer-state">>([
  "status",
  "birth",
  "progress",
  "sample",
  "ack",
]);
const isDeviceKind = (text: string): text is Exclude<Kind, "trainer-state"> => deviceKinds.has(text);

function checkId(id: string, what: string): string {
  if (!isId(id) || (what === "Device" && id === "trainer")) {
    throw new RangeError(`${what} id ${JSON.stringify(id)} is not an id: expected 1 to 36 of a-z, 0-9 and -`);
  }
  return id;
}

/** @throws RangeError when fleet, device or trainer is not an id */
export function topicOf(address: Address): string {
  const root = `ohmwork/v1/${checkId(address.fleet, "Fleet")}`;
  return address.kind === "trainer-state"
    ? `${root}/trainer/${checkId(address.trainer, "Trainer")}/state`
    : `${root}/${checkId(address.device, "Device")}/${address.kind}`;
}

/**
 * MQTT client id of a device or trainer, another one for each of them; `:` is in no id.
 *
 * @throws RangeError when fleet, device or trainer is not an id
 */
export function clientIdOf(
  who: { readonly fleet: string; readonly device: string } | { readonly fleet: string; readonly trainer: string },
): string {
  const root = `ohmwork:${checkId(who.fleet, "Fleet")}`;
  return "trainer" in who ? `${root}:trainer:${checkId(who.trainer, "Trainer")}` : `${root}:${checkId(who.device, "Device")}`;
}

/** Topic filter for one kind of message from every device, or every trainer, of a fleet. @throws RangeError when fleet is not an id */
export function topicFilterOf(fleet: string, kind: Kind): string {
  const root = `ohmwork/v1/${checkId(fleet, "Fleet")}`;
  return kind === "trainer-state" ? `${root}/trainer/+/state` : `${root}/+/${kind}`;
}

/** What a topic addresses. Never throws, whatever the text. */
export function parseTopic(topic: string): Result<Address> {
  const show = (): string => JSON.stringify(topic.slice(0, 120));
  const [root, version, fleet = "", owner = "", ...rest] = topic.split("/", 8);
  if (root !== "ohmwork" || version === undefined) return refused("malformed", `Topic ${show()} is not of an Ohmwork fleet`);
  if (version !== "v1") return refused("unknown-version", `Topic ${show()} is of an unknown version, expected v1`);
  if (!isId(fleet) || !isId(owner)) return refused("malformed", `Topic ${show()} names no fleet and device`);
  const [first = "", second, third] = rest;
  if (owner === "trainer") {
    if (isId(first) && second === "state" && third === undefined)
      return accepted({ kind: "trainer-state", fleet, trainer: first });
  } else if (isDeviceKind(first) && second === undefined) {
    return accepted({ kind: first, fleet, device: owner });
  }
  return refused("unknown-kind", `Topic ${show()} is of no known kind`);
}
