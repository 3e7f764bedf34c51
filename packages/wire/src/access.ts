import { type Kind, kinds, messages, type Sender } from "./message-map.ts";
import { topicFilterOf } from "./topic.ts";

/** Topic filters that a client may publish to and subscribe to; all others are to be denied. */
export type Access = { readonly publish: readonly string[]; readonly subscribe: readonly string[] };

/** Somebody who takes part in a fleet. */
export type Participant = { readonly fleet: string } & (
  | { readonly role: "agent"; readonly device: string }
  | { readonly role: "trainer"; readonly trainer: string }
  | { readonly role: "person" }
);

/**
 * What a broker is to let somebody do, from the map: an agent speaks as its own device and hears what is said to that device
 * and whether trainers are there; trainers and people hear everything and speak as themselves.
 *
 * @throws RangeError when an id is not an id
 */
export function accessOf(who: Participant): Access {
  const { role, fleet } = who;
  const ids = role === "agent" ? { device: who.device } : role === "trainer" ? { trainer: who.trainer } : {};
  const isHeard = (kind: Kind): boolean => role !== "agent" || messages[kind].from.some((sender: Sender) => sender !== "agent");
  const filters = (kind: Kind, own: { device?: string; trainer?: string }): string[] => {
    const whole = topicFilterOf(fleet, kind, own);
    return messages[kind].parts === true ? [whole, topicFilterOf(fleet, kind, { ...own, parts: true })] : [whole];
  };
  return {
    publish: kinds.filter((kind) => messages[kind].from.includes(role)).flatMap((kind) => filters(kind, ids)),
    // Trainers hear each other's state, and a device every trainer's.
    subscribe: kinds.filter(isHeard).flatMap((kind) => filters(kind, role === "agent" ? { device: who.device } : {})),
  };
}
