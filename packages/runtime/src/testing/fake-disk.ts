import { AbortedError } from "@ohmwork/core";
import type { Folder } from "../folder.ts";
import { StoreFailedError } from "../sqlite.ts";

/** What a loss of power leaves of what was not synchronised: nothing of it, a part, a part and then zeros, or all. */
export type Leaves = { readonly contents: "nothing" | "part" | "zeros" | "all"; readonly names: "nothing" | "all" };

/** Every way in which a loss of power can leave a disk, as far as one kind of damage goes for all files. */
export const allLeaves: readonly Leaves[] = (["nothing", "part", "zeros", "all"] as const).flatMap((contents) =>
  (["nothing", "all"] as const).map((names) => ({ contents, names })),
);

type File = { onDisk: Uint8Array; written: Uint8Array };

/** A folder in memory that knows what of it would survive a loss of power. */
export interface FakeDisk {
  readonly folder: Folder;
  /** Calls that change something, until now. */
  operations(): number;
  /** Cuts the power in the middle of this operation, counted from 0: it and everything later throws `PowerCut`. */
  cutAt(operation: number): void;
  /** Refuses this operation, as a full disk does; 0 counts from now. */
  refuse(operation: number, forHowMany: number): void;
  /** The disk as it is found after a loss of power now. */
  afterCut(leaves: Leaves): FakeDisk;
  /** Whole contents by name, to look at and to damage. */
  files(): Map<string, Uint8Array>;
  set(name: string, bytes: Uint8Array): void;
}

/** Not an error that a program can catch by its code: the program is no more. */
export class PowerCut extends AbortedError {}

export function createFakeDisk(found: ReadonlyMap<string, Uint8Array> = new Map()): FakeDisk {
  const names = new Map<string, File>(Array.from(found, ([name, bytes]) => [name, { onDisk: bytes, written: bytes }]));
  let namesOnDisk = new Map(names);
  let count = 0;
  let cut = Number.POSITIVE_INFINITY;
  let refused: { from: number; to: number } = { from: 0, to: 0 };

  const operate = (name: string, work: () => void): void => {
    const mine = count;
    count += 1;
    if (mine > cut) throw new PowerCut("Writing");
    if (mine >= refused.from && mine < refused.to) {
      throw new StoreFailedError(`Could not write ${name}: no space left on device`, { file: name });
    }
    // What is cut may have been done already, without anybody knowing.
    work();
    if (mine === cut) throw new PowerCut("Writing");
  };
  const at = (name: string): File => {
    const file = names.get(name);
    if (file === undefined) throw new StoreFailedError(`Could not find ${name}`, { file: name });
    return file;
  };

  const folder: Folder = {
    path: "/fake",
    read: (name) => names.get(name)?.written,
    write: (name, bytes) =>
      operate(name, () => {
        const file = names.get(name);
        if (file === undefined) names.set(name, { onDisk: new Uint8Array(0), written: Uint8Array.from(bytes) });
        else file.written = Uint8Array.from(bytes);
      }),
    sync: (name) =>
      operate(name, () => {
        const file = at(name);
        if (count - 1 < cut) file.onDisk = file.written;
      }),
    rename: (from, to) =>
      operate(to, () => {
        const file = at(from);
        names.delete(from);
        names.set(to, file);
      }),
    syncNames: () =>
      operate("names", () => {
        if (count - 1 < cut) namesOnDisk = new Map(names);
      }),
    remove: (name) => operate(name, () => void names.delete(name)),
  };

  const leftOf = ({ onDisk, written }: File, contents: Leaves["contents"]): Uint8Array => {
    if (contents === "nothing" || onDisk === written) return onDisk;
    if (contents === "all") return written;
    const part = Uint8Array.from(written.subarray(0, written.length >> 1));
    if (contents === "part") return part;
    const padded = new Uint8Array(written.length);
    padded.set(part);
    return padded;
  };

  return {
    folder,
    operations: () => count,
    cutAt: (operation) => void (cut = operation),
    refuse: (operation, forHowMany) => void (refused = { from: count + operation, to: count + operation + forHowMany }),
    afterCut: (leaves) => {
      const left = leaves.names === "all" ? names : namesOnDisk;
      return createFakeDisk(new Map(Array.from(left, ([name, file]) => [name, leftOf(file, leaves.contents)])));
    },
    files: () => new Map(Array.from(names, ([name, { written }]) => [name, written])),
    set: (name, bytes) => {
      names.set(name, { onDisk: bytes, written: bytes });
      namesOnDisk = new Map(names);
    },
  };
}
