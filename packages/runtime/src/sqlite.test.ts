import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openSqlite, StoreFailedError } from "./sqlite.ts";

const folder = (): string => mkdtempSync(join(tmpdir(), "ohmwork-sqlite-"));
const schema = ["CREATE TABLE t (n INTEGER PRIMARY KEY, b BLOB)"];

describe("openSqlite()", () => {
  it("keeps what was committed, in write-ahead mode and with full synchronisation", () => {
    const file = join(folder(), "a.sqlite");
    {
      using store = openSqlite(file, schema);
      store.transaction((db) => db.exec("INSERT INTO t VALUES (7, x'01')"));
      store.transaction((db) => {
        expect(db.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
        expect(db.prepare("PRAGMA synchronous").get()).toEqual({ synchronous: 2 });
      });
    }
    using again = openSqlite(file, schema);
    expect(again.transaction((db) => db.prepare("SELECT n FROM t").all())).toEqual([{ n: 7 }]);
  });
  it("does not wait for the disk where it need not", () => {
    const file = join(folder(), "a.sqlite");
    using store = openSqlite(file, schema, { durable: false });
    expect(store.read((db) => db.prepare("PRAGMA synchronous").get())).toEqual({ synchronous: 1 });
  });
  it("applies each migration once, and refuses a store of a newer version", () => {
    const file = join(folder(), "a.sqlite");
    openSqlite(file, schema).close();
    const newer = [...schema, "ALTER TABLE t ADD COLUMN c TEXT"];
    openSqlite(file, newer).close();
    openSqlite(file, newer).close();
    expect(() => openSqlite(file, schema)).toThrow(
      new StoreFailedError(`Store ${file} is of version 2, newer than 1, the newest known here`, { file }),
    );
  });
  it("names the file that cannot be opened or is no database", () => {
    const file = join(folder(), "not-there", "a.sqlite");
    expect(() => openSqlite(file, schema)).toThrow(`Could not open the store ${file}: unable to open database file`);
    const text = join(folder(), "a.txt");
    writeFileSync(text, "This is not a database, but it is long enough to be taken for one\n".repeat(20));
    expect(() => openSqlite(text, schema)).toThrow(`Could not open the store ${text}: file is not a database`);
  });
  it("changes nothing when the disk is full, and works again when there is room", () => {
    const file = join(folder(), "a.sqlite");
    using store = openSqlite(file, schema);
    const insert = (n: number): void =>
      store.transaction((db) => {
        for (let i = 0; i < 10; i += 1) db.prepare("INSERT INTO t VALUES (?, zeroblob(5000))").run(n + i);
      });
    store.transaction((db) => db.exec("PRAGMA max_page_count = 10")); // what SQLite itself offers to run out of room
    expect(() => insert(0)).toThrow(`Could not write the store ${file}: database or disk is full`);
    expect(store.transaction((db) => db.prepare("SELECT count(*) AS n FROM t").get())).toEqual({ n: 0 });
    store.transaction((db) => db.exec("PRAGMA max_page_count = 10000"));
    insert(0);
    expect(store.transaction((db) => db.prepare("SELECT count(*) AS n FROM t").get())).toEqual({ n: 10 });
  });
  it("rolls back, and passes on, an error that is not the store's", () => {
    using store = openSqlite(join(folder(), "a.sqlite"), schema);
    const mistake = new TypeError("mine");
    const work = (): void =>
      store.transaction((db) => {
        db.exec("INSERT INTO t VALUES (1, NULL)");
        throw mistake;
      });
    expect(work).toThrow(mistake);
    expect(store.transaction((db) => db.prepare("SELECT count(*) AS n FROM t").get())).toEqual({ n: 0 });
  });
  it("writes nothing to a terminal: no warning that SQLite is experimental", () => {
    const script = `import { openSqlite } from ${JSON.stringify(join(import.meta.dirname, "sqlite.ts"))}; openSqlite(":memory:", []).close();`;
    const node = ["--conditions=@ohmwork/source", "--input-type=module", "--eval", script];
    const said = execFileSync("/bin/sh", ["-c", '"$0" "$@" 2>&1', process.execPath, ...node], { encoding: "utf8" });
    expect(said).toBe("");
  });
});
