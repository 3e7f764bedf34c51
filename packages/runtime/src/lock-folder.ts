import { chmodSync, existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StoreFailedError } from "./sqlite.ts";

const busy = 5;
const lockFile = "lock";

const isBusy = (error: unknown): boolean => error instanceof Error && "errcode" in error && error.errcode === busy;

/**
 * Keeps a folder for this process: by a lock of the system on the file `lock` in it, which ends with the process, however that
 * ends. A disk that lets nobody write lets nobody in either, and is no reason to fail: it is said, and nothing is locked.
 *
 * @throws StoreFailedError when another process has the folder
 */
export function lockFolder(path: string, onTrouble: (message: string) => void = () => undefined): Disposable {
  const file = join(path, lockFile);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { timeout: 0 });
    chmodSync(file, 0o600); // not opened for it: closing a file takes away the locks that this process has on it
    database.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    database?.close();
    if (isBusy(cause)) {
      throw new StoreFailedError(`Another process uses ${path}: end it, or name another folder`, { file: path }, { cause });
    }
    onTrouble(`Could not lock ${file}: ${(cause as Error).message}: nothing keeps another process from ${path}`);
    return { [Symbol.dispose]: () => undefined };
  }
  const held = database;
  return { [Symbol.dispose]: () => held.close() };
}

/** Whether a process keeps a folder by `lockFolder`; changes nothing there. */
export function isFolderLocked(path: string): boolean {
  const file = join(path, lockFile);
  if (!existsSync(file)) return false;
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { readOnly: true, timeout: 0 });
    database.prepare("SELECT 1 FROM sqlite_schema").get();
    return false;
  } catch (error) {
    return isBusy(error);
  } finally {
    database?.close();
  }
}
