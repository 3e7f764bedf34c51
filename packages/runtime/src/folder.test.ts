import { mkdtempSync, readdirSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openFolder, writeAtomically } from "./folder.ts";
import { StoreFailedError } from "./sqlite.ts";
import { allLeaves, createFakeDisk, PowerCut } from "./testing/fake-disk.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (found: Uint8Array | undefined): string | undefined =>
  found === undefined ? undefined : new TextDecoder().decode(found);

describe("openFolder()", () => {
  it("keeps files for their owner only, and leaves nothing else behind", () => {
    const path = mkdtempSync(join(tmpdir(), "ohmwork-folder-"));
    const folder = openFolder(path);
    expect(folder.read("state")).toBeUndefined();
    writeAtomically(folder, "state", bytes("one"));
    writeAtomically(folder, "state", bytes("two"));
    expect(readFileSync(join(path, "state"), "utf8")).toBe("two");
    expect(statSync(join(path, "state")).mode & 0o777).toBe(0o600);
    expect(readdirSync(path)).toEqual(["state"]);
    folder.remove("state");
    folder.remove("state");
    expect(folder.read("state")).toBeUndefined();
  });

  it("names the file that could not be written", () => {
    const folder = openFolder(join(tmpdir(), "ohmwork-no-such-folder"));
    expect(() => writeAtomically(folder, "state", bytes("one"))).toThrow(StoreFailedError);
    expect(() => writeAtomically(folder, "state", bytes("one"))).toThrow(/Could not write .*state\.new: ENOENT/);
  });
});

/** What is found after a cut in every operation of a write over an older one. */
function foundAfterCuts(write: (disk: ReturnType<typeof createFakeDisk>) => void): (string | undefined)[] {
  const found: (string | undefined)[] = [];
  for (let operation = 0; operation < 4; operation += 1) {
    for (const leaves of allLeaves) {
      const disk = createFakeDisk(new Map([["state", bytes("old old")]]));
      disk.cutAt(operation);
      try {
        write(disk);
      } catch (error) {
        if (!(error instanceof PowerCut)) throw error;
      }
      found.push(text(disk.afterCut(leaves).folder.read("state")));
    }
  }
  return found;
}

describe("writeAtomically()", () => {
  it("leaves the old or the new, wherever the power is cut", () => {
    const found = foundAfterCuts(({ folder }) => writeAtomically(folder, "state", bytes("new new")));
    expect(new Set(found)).toEqual(new Set(["old old", "new new"]));
  });

  it("would not, if it wrote in place or did not wait for the disk: the fake can tell", () => {
    const inPlace = foundAfterCuts(({ folder }) => folder.write("state", bytes("new new")));
    expect(inPlace).toContain("new");
    const unsynced = foundAfterCuts(({ folder }) => {
      folder.write("state.new", bytes("new new"));
      folder.rename("state.new", "state");
      folder.syncNames();
    });
    expect(unsynced).toContain("");
  });
});
