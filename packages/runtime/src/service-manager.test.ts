import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Seconds } from "@ohmwork/core";
import { createFakeClock } from "@ohmwork/core/testing";
import { describe, expect, it, vi } from "vitest";
import { createServiceManager } from "./service-manager.ts";

/** A systemd-notify that writes down how it was called. */
function fakeCommand(): { command: string; calls: () => string[] } {
  const folder = mkdtempSync(join(tmpdir(), "ohmwork-notify-"));
  const command = join(folder, "systemd-notify");
  const log = join(folder, "log");
  writeFileSync(log, "");
  writeFileSync(command, `#!/bin/sh\necho "$NOTIFY_SOCKET $*" >> "${log}"\n`);
  chmodSync(command, 0o755);
  return { command, calls: () => readFileSync(log, "utf8").split("\n").slice(0, -1) };
}

const patient = { timeout: 10_000, interval: 20 };

describe.skipIf(process.platform === "win32")("createServiceManager()", () => {
  it("says that it is ready, how it is, and that it leaves", async () => {
    const { command, calls } = fakeCommand();
    const manager = createServiceManager({ command, environment: { NOTIFY_SOCKET: "/run/notify" } });
    await manager.ready("Learning");
    await manager.status("Learned");
    await manager.stopping();
    expect(calls()).toEqual(["/run/notify --ready --status=Learning", "/run/notify --status=Learned", "/run/notify STOPPING=1"]);
  });

  it("feeds the watchdog three times in its interval, from when it is ready until it leaves", async () => {
    const { command, calls } = fakeCommand();
    const clock = createFakeClock();
    const environment = { NOTIFY_SOCKET: "@socket", WATCHDOG_USEC: "6000000", WATCHDOG_PID: String(process.pid) };
    const manager = createServiceManager({ command, clock, environment });
    const fed = (): number => calls().filter((call) => call === "@socket WATCHDOG=1").length;
    await manager.ready("Up");
    for (let times = 1; times <= 3; times += 1) {
      await vi.waitFor(() => expect(fed()).toBe(times), patient);
      await new Promise((resolve) => setTimeout(resolve, 50)); // the answer of the command
      await clock.advance(Seconds(1.9));
      expect(fed()).toBe(times);
      await clock.advance(Seconds(0.2));
    }
    await vi.waitFor(() => expect(fed()).toBe(4), patient);
    await manager.stopping();
    await clock.advance(Seconds(10));
    expect(fed()).toBe(4);
  });

  it("does nothing where no systemd asked, and feeds no watchdog of another process", async () => {
    const { command, calls } = fakeCommand();
    const idle = createServiceManager({ command, environment: {} });
    await idle.ready("Up");
    await idle.stopping();
    expect(calls()).toEqual([]);
    const environment = { NOTIFY_SOCKET: "@socket", WATCHDOG_USEC: "1000", WATCHDOG_PID: "1" };
    const other = createServiceManager({ command, environment });
    await other.ready("Up");
    await other.stopping();
    expect(calls()).toEqual(["@socket --ready --status=Up", "@socket STOPPING=1"]);
  });

  it("says once that the command is missing, and goes on", async () => {
    const troubles: string[] = [];
    const onTrouble = (message: string): void => void troubles.push(message);
    const command = "/nowhere/systemd-notify";
    const manager = createServiceManager({ command, environment: { NOTIFY_SOCKET: "@socket" }, onTrouble });
    await manager.ready("Up");
    await manager.stopping();
    expect(troubles).toEqual([`Could not tell systemd by ${command}: spawn ${command} ENOENT`]);
  });
});
