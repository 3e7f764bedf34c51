import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { isFolderLocked, lockFolder } from "./lock-folder.ts";
import { StoreFailedError } from "./sqlite.ts";

function temporary(): string {
  const path = mkdtempSync(join(tmpdir(), "ohmwork-lock-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

describe("lockFolder()", () => {
  it("lets one in at a time", () => {
    const path = temporary();
    {
      using _ = lockFolder(path);
      expect(() => lockFolder(path)).toThrow(StoreFailedError);
      expect(() => lockFolder(path)).toThrow(`Another process uses ${path}`);
    }
    using again = lockFolder(path);
    expect(again).toBeDefined();
  });

  it.skipIf(process.platform === "win32")("is for its owner only", () => {
    const path = temporary();
    using _ = lockFolder(path);
    expect(statSync(join(path, "lock")).mode & 0o777).toBe(0o600);
  });

  it("ends with a process that was killed, and not before", () => {
    const path = temporary();
    const script = `
      const { lockFolder } = await import(${JSON.stringify(new URL("lock-folder.ts", import.meta.url).href)});
      try { lockFolder(${JSON.stringify(path)}); console.log("in"); } catch { console.log("out"); }
      process.kill(process.pid, "SIGKILL");`;
    const other = (): string =>
      spawnSync(process.execPath, ["--conditions=@ohmwork/source", "--input-type=module", "--eval", script], {
        encoding: "utf8",
      }).stdout.trim();
    expect(other()).toBe("in");
    using _ = lockFolder(path);
    expect(other()).toBe("out");
  });

  it("can be seen by others, who change nothing", () => {
    const path = temporary();
    expect([isFolderLocked(path), isFolderLocked(join(path, "nowhere")), readdirSync(path)]).toEqual([false, false, []]);
    const script = `
      const { isFolderLocked } = await import(${JSON.stringify(new URL("lock-folder.ts", import.meta.url).href)});
      console.log(isFolderLocked(${JSON.stringify(path)}));`;
    const other = (): string =>
      spawnSync(process.execPath, ["--conditions=@ohmwork/source", "--input-type=module", "--eval", script], {
        encoding: "utf8",
      }).stdout.trim();
    {
      using _ = lockFolder(path);
      expect([isFolderLocked(path), other()]).toEqual([true, "true"]);
      expect(() => lockFolder(path)).toThrow(StoreFailedError);
    }
    expect([isFolderLocked(path), other()]).toEqual([false, "false"]);
  });

  it("says what keeps it from locking, and goes on", () => {
    const said: string[] = [];
    using _ = lockFolder(join(temporary(), "nowhere"), (message) => said.push(message));
    expect(said).toEqual([expect.stringMatching(/^Could not lock .*nothing keeps another process from/)]);
  });
});
