import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, type TestContext } from "vitest";

const unit = readFileSync(join(import.meta.dirname, "../ohmwork-agent@.service"), "utf8");

function requireSystemd(context: TestContext): void {
  const missing = spawnSync(program, ["--version"]).error !== undefined;
  if (missing && process.env["OHMWORK_REQUIRE_ALL"] !== "1") context.skip("systemd-analyze is not installed");
}

const program = "systemd-analyze";

/** What systemd has against a unit. */
function complaintsOf(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), "ohmwork-unit-")), "ohmwork-agent@.service");
  writeFileSync(file, text);
  return spawnSync(program, ["verify", "--man=no", file], { encoding: "utf8" }).stderr;
}

describe("ohmwork-agent@.service", () => {
  it("waits for the agent's word, feeds on its watchdog, and keeps its state to itself", () => {
    for (const line of ["Type=notify", "NotifyAccess=all", "WatchdogSec=60", "Restart=always", "UMask=0077"]) {
      expect(unit.split("\n")).toContain(line);
    }
  });

  it("is understood by systemd", (context) => {
    requireSystemd(context);
    expect(complaintsOf(unit)).toBe("");
    expect(complaintsOf(unit.replace("Type=notify", "Type=notfy"))).toContain("notfy");
  });
});
