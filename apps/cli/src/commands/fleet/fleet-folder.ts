import { existsSync, mkdirSync } from "node:fs";
import { userInfo } from "node:os";
import { join, resolve } from "node:path";
import { BadInputError } from "@ohmwork/core";
import {
  checkPrivate,
  type Folder,
  loadConfig,
  type Member,
  mosquittoFiles,
  openFolder,
  writeAtomically,
} from "@ohmwork/runtime";
import { deviceIdSchema, idSchema, type Participant } from "@ohmwork/wire";
import { z } from "zod";

/** What somebody is in a fleet, in the words of the command line. */
export const roles = ["device", "trainer", "person"] as const;
export type Role = (typeof roles)[number];

/** Somebody who was ever let into the fleet. */
export type Enrolled = {
  readonly role: Role;
  readonly id: string;
  /** Hash of the password. */
  readonly password: string;
  readonly revoked: boolean;
};

/** What a fleet folder holds; written as `fleet.json`. */
export type FleetFile = {
  readonly v: 1;
  readonly fleet: string;
  /** Address of the broker. */
  readonly broker: string;
  /** Group in which trainers share samples; a secret of theirs. */
  readonly group: string;
  /** Public key [64 hexadecimal digits] of those who may send updates. */
  readonly updateKey: string;
  readonly members: readonly Enrolled[];
};

const fleetFileSchema: z.ZodType<FleetFile> = z.strictObject({
  v: z.literal(1),
  fleet: idSchema,
  broker: z.string(),
  group: idSchema,
  updateKey: z.string(),
  members: z.array(z.strictObject({ role: z.enum(roles), id: idSchema, password: z.string(), revoked: z.boolean() })),
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

/** Makes a fleet folder. @throws BadInputError when there is one already */
export function createFleetFolder(path: string, file: FleetFile, updateKey: string): void {
  if (existsSync(join(path, fleetFile))) throw new BadInputError(`${path}: Holds a fleet already`, { where: path });
  try {
    mkdirSync(join(path, brokerFolder), { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new BadInputError(`${path}: Cannot be made: ${(cause as Error).message}`, { where: path }, { cause });
  }
  checkPrivate(path);
  writeAtomically(openFolder(path), "update-key.pem", new TextEncoder().encode(updateKey));
  writeFleet(path, file);
}

/** @throws BadInputError when there is none, it is broken, or others on this machine may read it */
export function readFleet(path: string): FleetFile {
  const file = join(path, fleetFile);
  if (!existsSync(file)) throw new BadInputError(`${path}: Holds no fleet, run ohmwork fleet init`, { where: path });
  const read = loadConfig(file, fleetFileSchema);
  for (const secret of [path, file, join(path, "update-key.pem"), join(path, brokerFolder)]) checkPrivate(secret);
  return read;
}

/** Writes what a fleet is now, and the broker's files from it. */
export function writeFleet(path: string, file: FleetFile): void {
  const write = (folder: Folder, name: string, text: string): void =>
    writeAtomically(folder, name, new TextEncoder().encode(text));
  write(openFolder(path), fleetFile, `${JSON.stringify(file, null, 2)}\n`);
  const folder = resolve(path, brokerFolder);
  const { port } = new URL(file.broker);
  const files = mosquittoFiles(membersOf(file), { port: port === "" ? 1883 : Number(port), folder, owner: userInfo().username });
  for (const [name, text] of Object.entries(files)) write(openFolder(folder), name, text);
}

/** Those whom a broker is to let in. */
export function membersOf({ fleet, members }: FleetFile): Member[] {
  return members
    .filter(({ revoked }) => !revoked)
    .map(({ role, id, password }) => ({ who: participantOf(fleet, role, id), id, password }));
}

function participantOf(fleet: string, role: Role, id: string): Participant {
  if (role === "person") return { role, fleet };
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
