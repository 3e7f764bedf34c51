import { TLSSocket } from "node:tls";
import type { Access } from "@ohmwork/wire";
import type { Aedes, Client } from "aedes";
import { filtersMeet, matchesTopicFilter } from "../topic-filter.ts";
import { accessOfMember, isPassword, type Member, userOf } from "./member.ts";

export interface BrokerGuard {
  /** From now on only these are let in; the links of all others, and of those whose password is another one now, are cut. */
  admit(members: readonly Member[]): void;
}

/**
 * Has a broker let in members only, and each do only what the map of messages says: the rules that `mosquittoFiles` writes down
 * for mosquitto. As there, the user name takes the place of the client id, a subscription to more than one may hear is granted,
 * and what one may not hear is not delivered.
 *
 * A client that proved by certificate who it is (its link is a TLS one, and the server took the certificate) is whom that names.
 *
 * @param onRefusal told, in one line each, who was refused what
 */
export function guardBroker(broker: Aedes, members: readonly Member[], onRefusal: (message: string) => void): BrokerGuard {
  type Admitted = { readonly member: Member; readonly access: Access };
  const admittedOf = (list: readonly Member[]): Map<string, Admitted> =>
    new Map(list.map((member) => [userOf(member), { member, access: accessOfMember(member) }]));
  let admitted = admittedOf(members);
  const linked = new Map<Client, Member>();

  const may = (client: Client, what: keyof Access, topic: string): boolean => {
    const filters = admitted.get(client.id)?.access[what] ?? [];
    return filters.some((filter) => matchesTopicFilter(filter, topic));
  };
  const isStill = ({ password, ...member }: Member): boolean => admitted.get(userOf(member))?.member.password === password;

  broker.preConnect = ({ conn }, packet, done) => {
    packet.clientId = nameIn(conn) ?? packet.username ?? packet.clientId;
    done(null, true);
  };
  broker.authenticate = (client, name = "", password, done) => {
    const certified = nameIn(client.conn);
    const user = certified ?? name;
    const check = async (): Promise<void> => {
      const member = admitted.get(user)?.member;
      if (certified !== undefined && member !== undefined) {
        linked.set(client, member);
        done(null, true);
        return;
      }
      const right = member?.password !== undefined && password !== undefined && (await isPassword(password, member.password));
      // Somebody may have been taken off the list while the hash was made.
      if (right && isStill(member)) {
        linked.set(client, member);
        done(null, true);
        return;
      }
      onRefusal(`A client that calls itself ${JSON.stringify(user.slice(0, 120))} was not let in`);
      done(null, false);
    };
    void check();
  };
  broker.authorizePublish = (client, { topic }, done) => {
    if (client !== null && !may(client, "publish", topic)) {
      onRefusal(`${client.id} may not publish to ${JSON.stringify(topic.slice(0, 120))}`);
      done(new RangeError("Not authorized"));
    } else done(null);
  };
  broker.authorizeSubscribe = (client, subscription, done) => {
    const filters = admitted.get(client.id)?.access.subscribe ?? [];
    if (filters.some((filter) => filtersMeet(filter, subscription.topic))) return done(null, subscription);
    onRefusal(`${client.id} may not subscribe to ${JSON.stringify(subscription.topic.slice(0, 120))}`);
    return done(null, null);
  };
  broker.authorizeForward = (client, packet) => (may(client, "subscribe", packet.topic) ? packet : null);
  broker.on("clientDisconnect", (client) => void linked.delete(client));

  return {
    admit: (list) => {
      admitted = admittedOf(list);
      for (const [client, member] of linked) {
        if (!isStill(member)) client.close();
      }
    },
  };
}

/** The common name in a certificate that was found to be good; undefined where the link has none. */
function nameIn(link: unknown): string | undefined {
  if (!(link instanceof TLSSocket) || !link.authorized) return undefined;
  const { subject } = link.getPeerCertificate();
  const name: unknown = subject?.CN;
  return typeof name === "string" ? name : "";
}
