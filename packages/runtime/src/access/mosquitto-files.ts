import { BadInputError } from "@ohmwork/core";
import { accessOfMember, type Member, userOf } from "./member.ts";

export type MosquittoOptions = {
  readonly port: number;
  /** Address to listen on. @default "127.0.0.1", with certificates every address of the machine */
  readonly host?: string;
  /** Absolute path of the folder that the files will stand in. */
  readonly folder: string;
  /** Who owns that folder: whom mosquitto becomes when root starts it. */
  readonly owner: string;
  /** Everybody shows a certificate of the fleet's own authority, whose files stand in the folder too. @default passwords */
  readonly certificates?: boolean;
};

/** Files of the folder that mosquitto reads. */
export type MosquittoFiles = { readonly "mosquitto.conf": string; readonly acl: string; readonly passwords: string };

/**
 * Settings, access list and passwords of a mosquitto 2 that lets in these members and nobody else (mosquitto.conf(5)).
 * Access list and passwords are read again on SIGHUP; whoever is no longer in them is disconnected then.
 *
 * @throws RangeError when an id is not an id
 * @throws BadInputError when a path or an address cannot stand in such a file
 */
export function mosquittoFiles(members: readonly Member[], options: MosquittoOptions): MosquittoFiles {
  const { port, folder, owner, certificates = false } = options;
  const host = options.host ?? (certificates ? "" : "127.0.0.1");
  for (const text of [host, folder, owner]) {
    if (/[\r\n]/.test(text))
      throw new BadInputError(`${JSON.stringify(text)} cannot stand in mosquitto.conf: it has several lines`);
  }
  const settings = [
    "# Made by ohmwork fleet: what is changed here is lost.",
    "per_listener_settings false",
    "allow_anonymous false",
    `acl_file ${folder}/acl`,
    ...(certificates ? [] : [`password_file ${folder}/passwords`]),
    `user ${owner}`,
    "persistence true",
    `persistence_location ${folder}/`,
    "set_tcp_nodelay true",
    "# 128 KiB and what MQTT needs around it.",
    "max_packet_size 140000",
    "# For one client, of what it has not taken yet. Beyond 1000 messages, the default, what devices send at once to a trainer is thrown away.",
    "max_queued_messages 100000",
    "max_queued_bytes 67108864",
    `listener ${port} ${host}`.trimEnd(),
    "# Of the listener: a client id of one's own choice would take the link away from whoever has it.",
    "use_username_as_clientid true",
    ...(certificates
      ? [
          `cafile ${folder}/ca.crt`,
          `certfile ${folder}/broker.crt`,
          `keyfile ${folder}/broker.key`,
          `crlfile ${folder}/revoked.crl`,
          "tls_version tlsv1.3",
          "require_certificate true",
          "use_identity_as_username true",
        ]
      : []),
  ];
  const acl = members.flatMap((member) => {
    const { publish, subscribe } = accessOfMember(member);
    return [
      `user ${userOf(member)}`,
      ...publish.map((filter) => `topic write ${filter}`),
      ...subscribe.map((filter) => `topic read ${filter}`),
      "",
    ];
  });
  const passwords = members.flatMap((member) => (member.password === undefined ? [] : [`${userOf(member)}:${member.password}`]));
  const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join("");
  return { "mosquitto.conf": text(settings), acl: text(acl), passwords: text(passwords) };
}
