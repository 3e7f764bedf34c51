import { type Kind, kinds, messages, type Sender } from "./message-map.ts";
import { topicFilterOf } from "./topic.ts";

/** Topic filters that a client may publish to and subscribe to; all others are to be denied. */
export type Access = { readonly publish: readonly string[]; readonly subscribe: readonly string[] };

/** Somebody who takes part in a fleet. */
export type Participant = { readonly fleet: string } & (
  | { readonly role: "agent"; readonly device: string }
  | { readonly role: "trainer"; readonly trainer: string }
  | { readonly role: "person" }
  | { readonly role: "home-assistant" }
);

/** Where Home Assistant is told of devices, says that it has started, and what it listens to of what it was told of. */
const homeAssistant = {
  discovery: "homeassistant/device/+/config",
  status: "homeassistant/status",
  all: "homeassistant/#",
  heard: ["status", "answer", "reported"],
} as const;

/**
 * What a broker is to let somebody do, from the map: an agent speaks as its own device and hears what is said to that device
 * and whether trainers are there; trainers and people hear everything and speak as themselves. Home Assistant hears what trainers tell it,
 * and of devices only what that names; it may ask them for what moves no wiper.
 *
 * @throws RangeError when an id is not an id
 */
export function accessOf(who: Participant): Access {
  const { role, fleet } = who;
  if (role === "home-assistant") {
    return {
      publish: [homeAssistant.status, topicFilterOf(fleet, "command")],
      subscribe: [homeAssistant.all, ...homeAssistant.heard.map((kind) => topicFilterOf(fleet, kind))],
    };
  }
  const ids = role === "agent" ? { device: who.device } : role === "trainer" ? { trainer: who.trainer } : {};
  const isHeard = (kind: Kind): boolean => role !== "agent" || messages[kind].from.some((sender: Sender) => sender !== "agent");
  const filters = (kind: Kind, own: { device?: string; trainer?: string }): string[] => {
    const whole = topicFilterOf(fleet, kind, own);
    return messages[kind].parts === true ? [whole, topicFilterOf(fleet, kind, { ...own, parts: true })] : [whole];
  };
  const publish = kinds.filter((kind) => messages[kind].from.includes(role)).flatMap((kind) => filters(kind, ids));
  // Trainers hear each other's state, and a device every trainer's.
  const subscribe = kinds.filter(isHeard).flatMap((kind) => filters(kind, role === "agent" ? { device: who.device } : {}));
  if (role !== "trainer") return { publish, subscribe };
  return { publish: [...publish, homeAssistant.discovery], subscribe: [...subscribe, homeAssistant.status] };
}
