import { isId } from "./id.ts";
import { type Kind, kinds, messages } from "./message-map.ts";
import { accepted, refused, type Result } from "./result.ts";

type CommandKind = "command" | "command-reply";
type DeviceKind = Exclude<Kind, "trainer-state" | CommandKind>;
/** Which part of a message that was too long for one; absent from a message that is whole. */
type Part = { readonly part?: number };

/** Where a message belongs in a fleet. */
export type Address =
  | ({ readonly kind: DeviceKind; readonly fleet: string; readonly device: string } & Part)
  | { readonly kind: CommandKind; readonly fleet: string; readonly device: string; readonly name: string }
  | { readonly kind: "trainer-state"; readonly fleet: string; readonly trainer: string };

/** Parts that one message may come in. */
export const mostParts = 256;

function checkId(id: string, what: string): string {
  if (!isId(id) || (what === "Device" && id === "trainer")) {
    throw new RangeError(`${what} id ${JSON.stringify(id)} is not an id: expected 1 to 36 of a-z, 0-9 and -`);
  }
  return id;
}

const capitalised = (word: string): string => `${word.charAt(0).toUpperCase()}${word.slice(1)}`;

/** The topic of a kind with its ids filled in: each given one, or `+`. */
function fill(fleet: string, kind: Kind, ids: Readonly<Record<string, string | undefined>>): string {
  const below = messages[kind].topic.replaceAll(/\{(\w+)\}/g, (_, what: string) => {
    const id = ids[what];
    return id === undefined ? "+" : checkId(id, capitalised(what));
  });
  return `ohmwork/v1/${checkId(fleet, "Fleet")}/${below}`;
}

/** @throws RangeError when fleet, device, trainer or name is not an id, or `part` is none this kind can have */
export function topicOf(address: Address): string {
  const { kind, fleet, ...ids } = address;
  const part = "part" in ids ? ids.part : undefined;
  const whole = fill(fleet, kind, {
    device: "device" in ids ? ids.device : undefined,
    name: "name" in ids ? ids.name : undefined,
    trainer: "trainer" in ids ? ids.trainer : undefined,
  });
  if (part === undefined) return whole;
  if (messages[kind].parts !== true || !Number.isInteger(part) || part < 0 || part >= mostParts) {
    throw new RangeError(
      `A message of kind ${kind} has no part ${part}: expected 0 to ${mostParts - 1} of a kind that may be parted`,
    );
  }
  return `${whole}/part/${part}`;
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

export type FilterOptions = {
  /** For this device only. @default every device */
  readonly device?: string;
  /** Of this trainer only. @default every trainer */
  readonly trainer?: string;
  /** For the parts of messages that were too long for one. */
  readonly parts?: true;
  /** Each message goes to one member of this group only (MQTT 5, and brokers that share on 3.1.1). Not for parts. */
  readonly sharedBy?: string;
};

/**
 * Topic filter for one kind of message from every device, or every trainer, of a fleet.
 *
 * @throws RangeError when an id is not an id, or the kind has no parts
 * @throws TypeError when parts are to be shared: they would come apart
 */
export function topicFilterOf(fleet: string, kind: Kind, options: FilterOptions = {}): string {
  const { device, trainer, parts, sharedBy } = options;
  const whole = fill(fleet, kind, { device, trainer });
  if (parts === true) {
    if (messages[kind].parts !== true) throw new RangeError(`A message of kind ${kind} has no parts`);
    if (sharedBy !== undefined) throw new TypeError("Parts of messages cannot be shared: each member would get some of them");
    return `${whole}/part/+`;
  }
  return sharedBy === undefined ? whole : `$share/${checkId(sharedBy, "Group")}/${whole}`;
}

/** Each kind with the levels of its topic below the fleet. */
const templates: readonly { kind: Kind; levels: readonly string[] }[] = kinds.map((kind) => ({
  kind,
  levels: messages[kind].topic.split("/"),
}));

/** What a topic addresses. Never throws, whatever the text. */
export function parseTopic(topic: string): Result<Address> {
  const show = (): string => JSON.stringify(topic.slice(0, 120));
  const [root, version, fleet = "", owner = "", ...rest] = topic.split("/", 9);
  if (root !== "ohmwork" || version === undefined) return refused("malformed", `Topic ${show()} is not of an Ohmwork fleet`);
  if (version !== "v1") return refused("unknown-version", `Topic ${show()} is of an unknown version, expected v1`);
  if (!isId(fleet) || !isId(owner)) return refused("malformed", `Topic ${show()} names no fleet and device`);
  const isPart = rest.length === 3 && rest[1] === "part" && /^(0|[1-9]\d{0,2})$/.test(rest[2] ?? "");
  const part = isPart ? Number(rest[2]) : undefined;
  const levels = [owner, ...(isPart ? rest.slice(0, 1) : rest)];
  for (const { kind, levels: expected } of templates) {
    const ids = match(expected, levels);
    if (ids === undefined || (part !== undefined && (messages[kind].parts !== true || part >= mostParts))) continue;
    // The template says which ids there are, and the type of the address is by kind.
    return accepted({ kind, fleet, ...ids, ...(part !== undefined && { part }) } as unknown as Address);
  }
  return refused("unknown-kind", `Topic ${show()} is of no known kind`);
}

/** The ids in the levels of a topic; undefined when they do not stand as expected. */
function match(expected: readonly string[], levels: readonly string[]): Record<string, string> | undefined {
  if (expected.length !== levels.length) return undefined;
  const ids: Record<string, string> = {};
  for (const [i, level] of levels.entries()) {
    const what = /^\{(\w+)\}$/.exec(expected[i] as string)?.[1];
    if (what === undefined ? level !== expected[i] : !isId(level) || (what === "device" && level === "trainer")) return undefined;
    if (what !== undefined) ids[what] = level;
  }
  return ids;
}
