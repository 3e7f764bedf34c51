import { pbkdf2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { type Access, accessOf, type Participant } from "@ohmwork/wire";

/** Somebody whom a broker lets in, and by what. */
export type Member = {
  readonly who: Participant;
  /** What stands after the role in the user name: of a device or trainer its id, of a person any id. */
  readonly id: string;
  /** Hash of the password, as `hashPassword` makes it. Left out: only a certificate lets them in. */
  readonly password?: string;
};

/** User name of a member; also their MQTT client id, so that nobody can take another's link away. `.` is in no id. */
export function userOf({ who, id }: Pick<Member, "who" | "id">): string {
  return `${who.role === "agent" ? "device" : who.role}.${id}`;
}

/** What a broker lets a member do. @throws RangeError when an id is not an id */
export const accessOfMember = (member: Member): Access => accessOf(member.who);

const derive = promisify(pbkdf2);
/** What mosquitto 2 takes. Few, but nobody guesses 256 random bits, however quickly each guess goes. */
const iterations = 101;
const hashBytes = 64;

/** A password that nobody guesses: 256 random bits. */
export const createPassword = (): string => randomBytes(32).toString("base64url");

/** PBKDF2 with HMAC-SHA-512 (RFC 8018 §5.2) in the form of mosquitto's password files: `$7$iterations$salt$hash`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(12);
  const hash = await derive(password, salt, iterations, hashBytes, "sha512");
  return `$7$${iterations}$${salt.toString("base64")}$${hash.toString("base64")}`;
}

/** Whether a password is the one that was hashed; false for whatever is no such hash. */
export async function isPassword(password: Uint8Array, hashed: string): Promise<boolean> {
  const [, count, salt, hash] = /^\$7\$(\d{1,6})\$([\w+/=]+)\$([\w+/=]+)$/.exec(hashed) ?? [];
  if (count === undefined || salt === undefined || hash === undefined) return false;
  const expected = Buffer.from(hash, "base64");
  if (expected.length !== hashBytes) return false;
  return timingSafeEqual(await derive(password, Buffer.from(salt, "base64"), Number(count), hashBytes, "sha512"), expected);
}
