import { join } from "node:path";
import { BadInputError } from "@ohmwork/core";
import { stateFolder } from "./state-folder.ts";

/** Options of every command that opens a trainer's store. */
export const storeOptions = {
  state: { type: "string", default: "ohmwork-state", valueHint: "folder", description: "Where trainer.sqlite is kept" },
  store: {
    type: "string",
    valueHint: "url",
    description: "postgres:// address that takes the place of trainer.sqlite; its password is read from PGPASSWORD",
  },
} as const;

/** Where a store is: its address, or its file, whose folder is made. @throws BadInputError when it is no address, or holds a password */
export function placeOfStore({ state, store }: { readonly state: string; readonly store?: string | undefined }): string {
  return store === undefined ? join(stateFolder(state), "trainer.sqlite") : databaseAddress(store);
}

/** Who else is on this machine can read a command line, and no log of it forgets. */
function databaseAddress(address: string): string {
  const parsed = /^postgres(ql)?:/.test(address) && URL.canParse(address) ? new URL(address) : undefined;
  if (parsed === undefined)
    throw new BadInputError("Option --store is no address of a database, expected one like postgres://host/name");
  if (parsed.password === "" && !parsed.searchParams.has("password")) return address;
  throw new BadInputError("Option --store holds a password, which others can read here: set PGPASSWORD in the environment");
}

export function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, "//");
}
