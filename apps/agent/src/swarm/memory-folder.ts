import type { Folder } from "@ohmwork/runtime";

/** A folder that ends with the process: for devices that need not survive it. */
export function createMemoryFolder(path: string): Folder {
  const files = new Map<string, Uint8Array>();
  return {
    path,
    read: (name) => files.get(name),
    write: (name, bytes) => void files.set(name, bytes.slice()),
    sync: () => undefined,
    rename: (from, to) => {
      const bytes = files.get(from);
      files.delete(from);
      if (bytes !== undefined) files.set(to, bytes);
    },
    syncNames: () => undefined,
    remove: (name) => void files.delete(name),
  };
}
