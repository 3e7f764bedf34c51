import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readClockSynchronised } from "./clock-synchronised.ts";

/** A timedatectl that says something. */
function saying(line: string): string {
  const command = join(mkdtempSync(join(tmpdir(), "ohmwork-clock-")), "timedatectl");
  writeFileSync(command, `#!/bin/sh\n[ "$*" = "show --property=NTPSynchronized --value" ] && ${line}\n`);
  chmodSync(command, 0o755);
  return command;
}

describe.skipIf(process.platform === "win32")("readClockSynchronised()", () => {
  it.each([
    ["echo yes", true],
    ["echo no", false],
    ["echo perhaps", undefined],
    ["exit 1", undefined],
  ])("is told by %s", async (line, synchronised) => {
    expect(await readClockSynchronised(saying(line))).toBe(synchronised);
  });
  it("is not known where there is nobody to ask", async () => {
    expect(await readClockSynchronised("/nowhere/timedatectl")).toBeUndefined();
  });
});
