import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Seconds } from "@ohmwork/core";
import { connectMqtt, loadCredentials } from "@ohmwork/runtime";
import { requireMosquitto, startMosquitto } from "@ohmwork/runtime/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Finished, finished, hasSaid, runOhmwork, startOhmwork } from "./run-ohmwork.ts";

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "ohmwork-fleet-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function done(args: readonly string[], cwd: string): Promise<Finished> {
  const result = await runOhmwork(args, { cwd });
  expect(result.err).not.toContain("Error");
  expect(result.code).toBe(0);
  return result;
}
const modeOf = (file: string): number => statSync(file).mode & 0o777;

describe("ohmwork fleet", () => {
  it("makes a fleet in which a device and a trainer meet over mosquitto, until the device is revoked", async (context) => {
    requireMosquitto(context);
    const cwd = temporaryFolder();
    const at = (name: string): string => join(cwd, name);
    // Everything but the port is as the command wrote it: another test may have that port.
    const write = async (folder: string, port: number): Promise<void> => {
      const settings = readFileSync(at("ohmwork-fleet/mosquitto/mosquitto.conf"), "utf8");
      writeFileSync(join(folder, "mosquitto.conf"), settings.replace("listener 1883 ", `listener ${port} `));
    };
    await done(["fleet", "init", "home"], cwd);
    await using broker = await startMosquitto({ write });
    const added = [
      await done(["fleet", "add", "ear-1", "--json"], cwd),
      await done(["fleet", "add", "t1", "--as", "trainer"], cwd),
    ];
    await broker.reload();
    const secrets = loadCredentials(at("device.ear-1.yaml"));
    const { group } = loadCredentials(at("trainer.t1.yaml"));
    for (const { out, err } of added) {
      for (const secret of [secrets.password, group]) expect(out + err).not.toContain(secret);
    }
    for (const file of [
      "device.ear-1.yaml",
      "ohmwork-fleet/fleet.json",
      "ohmwork-fleet/update-key.pem",
      "ohmwork-fleet/mosquitto/passwords",
    ]) {
      expect(modeOf(at(file))).toBe(0o600);
    }
    expect(modeOf(at("ohmwork-fleet"))).toBe(0o700);

    const trainer = startOhmwork(
      ["trainer", "--fleet", "home", "--id", "t1", "--broker", broker.url, "--credentials", "trainer.t1.yaml", "--json"],
      { cwd },
    );
    onTestFinished(() => void trainer.kill("SIGKILL"));
    const trained = finished(trainer);
    await hasSaid(trainer, "Listening to fleet home");
    writeFileSync(
      at("ear-1.yaml"),
      `fleet: home\ndevice: ear-1\nbroker: ${broker.url}\ncredentials: device.ear-1.yaml\nrecipe: iris\nport: simulated\nseed: 1\nsteps: 50\n`,
    );
    const learned = await done(["agent", "ear-1.yaml", "--exit", "--json"], cwd);
    const { outbox } = JSON.parse(learned.out) as { outbox: { depth: number; oldest: number } };
    expect(outbox.depth).toBe(0);
    expect(outbox.oldest).toBeGreaterThan(50);
    trainer.kill("SIGINT");
    expect((await trained).code).toBe(0);

    await done(["fleet", "revoke", "ear-1"], cwd);
    await broker.reload();
    await using late = connectMqtt(broker.url, { clientId: "device.ear-1", credentials: secrets });
    await expect(late.whenConnected(Seconds(0.5))).rejects.toMatchObject({ message: expect.stringMatching(/not authori/i) });
    const { out } = await done(["fleet", "list", "--json"], cwd);
    expect((JSON.parse(out) as { members: unknown }).members).toEqual([
      { role: "device", id: "ear-1", revoked: true },
      { role: "trainer", id: "t1", revoked: false },
    ]);
  }, 120_000);

  it("refuses in one line what it cannot do", async () => {
    const cwd = temporaryFolder();
    const refused = async (args: readonly string[], message: RegExp): Promise<void> => {
      const { code, out, err } = await runOhmwork(["fleet", ...args], { cwd });
      expect({ code, out, lines: err.trimEnd().split("\n").length }).toEqual({ code: 2, out: "", lines: 1 });
      expect(err).toMatch(message);
    };
    await refused(["list"], /Holds no fleet, run ohmwork fleet init/);
    await refused(["init", "Home"], /"Home" names no fleet, expected 1 to 36/);
    await refused(["init", "home", "--broker", "mqtt://example.org"], /passwords would be read on the way/);
    await done(["fleet", "init", "home"], cwd);
    await refused(["init", "home"], /Holds a fleet already/);
    await refused(["add", "trainer"], /"trainer" names no device, .*not trainer/);
    await refused(["add", "a", "--as", "robot"], /"robot", expected device, trainer, person, home-assistant/);
    await refused(["revoke", "a"], /No device a is in fleet home/);
    await done(["fleet", "add", "a"], cwd);
    await refused(["add", "a"], /already: revoke it first/);
    await refused(["add", "b", "--out", "device.a.yaml"], /Is there already/);
    chmodSync(join(cwd, "ohmwork-fleet/fleet.json"), 0o640);
    await refused(["list"], /Others may get at this secret \(mode 640\): run chmod go=/);
  }, 120_000);
});
