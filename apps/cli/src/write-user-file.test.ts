import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { devNull, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { expectWritable, writeUserFile } from "./write-user-file.ts";

const folder = mkdtempSync(join(tmpdir(), "ohmwork-write-"));
const link = join(folder, "link");
const bytes = Buffer.from("new");
beforeEach(() => rmSync(link, { force: true }));
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(process.platform === "win32")("writeUserFile()", () => {
  it("writes what a link leads to, and leaves nothing beside it", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "old");
    symlinkSync(file, link);
    await writeUserFile(link, bytes);
    expect(readFileSync(file, "utf8")).toBe("new");
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readdirSync(folder).toSorted()).toEqual(["file", "link"]);
  });

  it("puts no file in the place of a device", async () => {
    symlinkSync(devNull, link);
    await writeUserFile(link, bytes);
    expect(statSync(link).isCharacterDevice()).toBe(true);
  });

  it("says in one line that it is a folder", async () => {
    await expect(writeUserFile(folder, bytes)).rejects.toThrow(/: Is a folder$/);
  });
});

describe("expectWritable()", () => {
  it("refuses a name that is empty, as of a variable that is not set", async () => {
    await expect(expectWritable("")).rejects.toThrow(/^Expected a file to write, an empty name given$/);
  });
});
