import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StoreFailedError } from "./sqlite.ts";

/** The few calls that keeping something through a loss of power is made of, so that tests can fail, tear and cut each of them. */
export interface Folder {
  /** Where it is, for people. */
  readonly path: string;
  /** Undefined when there is no such file. @throws StoreFailedError */
  read(name: string): Uint8Array | undefined;
  /** Makes a file, for its owner only, or takes the place of what is in it; on the disk only after `sync`. @throws StoreFailedError */
  write(name: string, bytes: Uint8Array): void;
  /** Waits until what was written is on the disk. @throws StoreFailedError */
  sync(name: string): void;
  /** Takes the place of a file of the new name; on the disk only after `syncNames`. @throws StoreFailedError */
  rename(from: string, to: string): void;
  /** Waits until all names are on the disk. @throws StoreFailedError */
  syncNames(): void;
  /** Does nothing when there is no such file. @throws StoreFailedError */
  remove(name: string): void;
}

/** A folder of this machine that exists. */
export function openFolder(path: string): Folder {
  const failing = <T>(what: string, name: string, work: (file: string) => T): T => {
    const file = join(path, name);
    try {
      return work(file);
    } catch (cause) {
      throw new StoreFailedError(`Could not ${what} ${file}: ${(cause as Error).message}`, { file }, { cause });
    }
  };
  const syncAt = (file: string, flags: "r" | "r+"): void => {
    const opened = openSync(file, flags);
    try {
      fsyncSync(opened);
    } finally {
      closeSync(opened);
    }
  };
  return {
    path,
    read: (name) =>
      failing("read", name, (file) => {
        try {
          return readFileSync(file);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
          throw error;
        }
      }),
    write: (name, bytes) => failing("write", name, (file) => writeFileSync(file, bytes, { mode: 0o600 })),
    sync: (name) => failing("write", name, (file) => syncAt(file, "r+")),
    rename: (from, to) => failing("write", to, (file) => renameSync(join(path, from), file)),
    // Windows opens no folder, and its file system keeps names in its journal.
    syncNames: () => failing("write", "", (file) => process.platform !== "win32" && syncAt(file, "r")),
    remove: (name) => failing("remove", name, (file) => rmSync(file, { force: true })),
  };
}

/**
 * Puts bytes under a name so that, whenever the power fails, either what was there before or all of this is there after it.
 *
 * @throws StoreFailedError when the disk refuses; what was there before stays
 */
export function writeAtomically(folder: Folder, name: string, bytes: Uint8Array): void {
  const fresh = `${name}.new`;
  folder.write(fresh, bytes);
  folder.sync(fresh);
  folder.rename(fresh, name);
  folder.syncNames();
}
