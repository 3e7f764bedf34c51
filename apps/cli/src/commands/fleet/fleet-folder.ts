import { existsSync, mkdirSync } from "node:fs";
import { userInfo } from "node:os";
import { join, resolve } from "node:path";
import { BadInputError } from "@ohmwork/core";
import {
  checkPrivate,
  type Folder,
  loadConfig,
  lockFolder,
  type Member,
  mosquittoFiles,
  openFolder,
  systemClock,
  writeAtomically,
} from "@ohmwork/runtime";
import { deviceIdSchema, idSchema, type Participant } from "@ohmwork/wire";
import { z } from "zod";
import { createFleetAuthority, fleetAuthority } from "./fleet-authority.ts";

/** What somebody is in a fleet, in the words of the command line. */
const roles = ["device", "trainer", "person", "home-assistant"] as const;
export type Role = (typeof roles)[number];

/** Somebody who was ever let into the fleet. */
export type Enrolled = {
  readonly role: Role;
  readonly id: string;
  /** Hash of the password, where the fleet has passwords. */
  readonly password?: string;
  /** Serial number of the certificate, where the fleet has certificates. */
  readonly serial?: string;
  readonly revoked: boolean;
};

/** What a fleet folder holds; written as `fleet.json`. */
export type FleetFile = {
  readonly v: 1;
  readonly fleet: string;
  /** Address of the broker: `mqtts:` where everybody has a certificate, `mqtt:` where everybody has a password. */
  readonly broker: string;
  /** Group in which trainers share samples; a secret of theirs. */
  readonly group: string;
  /** Public key [64 hexadecimal digits] of those who may send updates. */
  readonly updateKey: string;
  readonly members: readonly Enrolled[];
  /** Serial numbers of the certificates that count no longer. */
  readonly revokedSerials: readonly string[];
};

const fleetFileSchema: z.ZodType<FleetFile> = z.strictObject({
  v: z.literal(1),
  fleet: idSchema,
  broker: z.string(),
  group: idSchema,
  updateKey: z.string(),
  revokedSerials: z.array(z.string()),
  members: z.array(
    z.strictObject({
      role: z.enum(roles),
      id: idSchema,
      password: z.exactOptional(z.string()),
      serial: z.exactOptional(z.string()),
      revoked: z.boolean(),
    }),
  ),
});

/** Where everything stands, unless one says otherwise. */
export const folderOption = {
  type: "string",
  default: "ohmwork-fleet",
  valueHint: "folder",
  description: "Where the fleet's keys and lists are kept, for its owner only",
} as const;

const fleetFile = "fleet.json";
const brokerFolder = "mosquitto";

/** Whether everybody in a fleet proves by certificate who they are. */
export const hasCertificates = ({ broker }: Pick<FleetFile, "broker">): boolean => broker.startsWith("mqtts:");

/** Makes a fleet folder. @throws BadInputError when there is one already */
export async function createFleetFolder(path: string, file: FleetFile, updateKey: string): Promise<void> {
  if (existsSync(join(path, fleetFile))) throw new BadInputError(`${path}: Holds a fleet already`, { where: path });
  try {
    mkdirSync(join(path, brokerFolder), { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new BadInputError(`${path}: Cannot be made: ${(cause as Error).message}`, { where: path }, { cause });
  }
  checkPrivate(path);
  using _ = lockFolder(path);
  if (existsSync(join(path, fleetFile))) throw new BadInputError(`${path}: Holds a fleet already`, { where: path });
  writeAtomically(openFolder(path), "update-key.pem", new TextEncoder().encode(updateKey));
  if (hasCertificates(file)) {
    const host = new URL(file.broker).hostname.replace(/^\[(.*)\]$/, "$1");
    await createFleetAuthority(path, join(path, brokerFolder), file.fleet, host);
  }
  await writeFleet(path, file);
}

/**
 * Keeps a fleet folder for one command that changes it: of two at once the later one would not know what the other changed.
 *
 * @throws StoreFailedError when another one has it
 * @throws BadInputError when it holds no fleet
 */
export function lockFleet(path: string): Disposable {
  if (!existsSync(join(path, fleetFile))) throw noFleet(path);
  return lockFolder(path);
}

const noFleet = (path: string): BadInputError =>
  new BadInputError(`${path}: Holds no fleet, run ohmwork fleet init`, { where: path });

/** @throws BadInputError when there is none, it is broken, or others on this machine may read it */
export function readFleet(path: string): FleetFile {
  const file = join(path, fleetFile);
  if (!existsSync(file)) throw noFleet(path);
  const read = loadConfig(file, fleetFileSchema);
  for (const secret of [path, file, join(path, "update-key.pem"), join(path, brokerFolder)]) checkPrivate(secret);
  return read;
}

/** Writes the broker's files, then what they were made from: should that break off, the same command can be given again. */
export async function writeFleet(path: string, file: FleetFile): Promise<void> {
  const write = (folder: Folder, name: string, text: string): void =>
    writeAtomically(folder, name, new TextEncoder().encode(text));
  const folder = resolve(path, brokerFolder);
  const certificates = hasCertificates(file);
  if (certificates) {
    const list = await (await fleetAuthority(path)).revocations(file.revokedSerials, new Date(systemClock.now()));
    write(openFolder(folder), "revoked.crl", list);
  }
  const port = Number(new URL(file.broker).port || (certificates ? 8883 : 1883));
  const files = mosquittoFiles(membersOf(file), { port, folder, owner: userInfo().username, certificates });
  for (const [name, text] of Object.entries(files)) write(openFolder(folder), name, text);
  write(openFolder(path), fleetFile, `${JSON.stringify(file, null, 2)}\n`);
}

/** Those whom a broker is to let in. */
function membersOf({ fleet, members }: FleetFile): Member[] {
  return members
    .filter(({ revoked }) => !revoked)
    .map(({ role, id, password }) => ({
      who: participantOf(fleet, role, id),
      id,
      ...(password !== undefined && { password }),
    }));
}

/** Whom the map of messages knows somebody as. */
export function participantOf(fleet: string, role: Role, id: string): Participant {
  if (role === "person" || role === "home-assistant") return { role, fleet };
  return role === "device" ? { role: "agent", fleet, device: id } : { role, fleet, trainer: id };
}

/** @throws BadInputError when an id cannot be that of somebody in this role, or the role is none */
export function checkMember(role: string, id: string): Role {
  const known = roles.find((one) => one === role);
  if (known === undefined) throw new BadInputError(`Option --as is "${role}", expected ${roles.join(", ")}`);
  if (!(known === "device" ? deviceIdSchema : idSchema).safeParse(id).success) {
    throw new BadInputError(
      `${JSON.stringify(id)} names no ${known}, expected 1 to 36 of a-z, 0-9 and -${known === "device" ? ", not trainer" : ""}`,
    );
  }
  return known;
}

/** What has to happen for a change to count. */
export const reloadNote = (path: string): string =>
  `A running mosquitto takes this over on SIGHUP (systemctl reload mosquitto, or kill -HUP); its settings are ${join(path, brokerFolder, "mosquitto.conf")}`;
