import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Seconds } from "@ohmwork/core";
import { hashPassword, lockFolder, startEmbeddedBroker } from "@ohmwork/runtime";
import { describe, expect, it } from "vitest";
import type { DeviceConfig } from "./device-config.ts";
import { type ExamineOptions, examine, type Finding } from "./doctor.ts";

const config: DeviceConfig = {
  fleet: "home",
  device: "d1",
  broker: "mqtt://127.0.0.1:1",
  recipe: "iris",
  port: "simulated",
  seed: 1,
};

type Found = Readonly<Record<Finding["what"], Finding>>;

const newFolder = (): string => {
  const folder = join(mkdtempSync(join(tmpdir(), "ohmwork-doctor-")), "state");
  mkdirSync(folder, { mode: 0o700 });
  return folder;
};

async function examined(changes: Partial<DeviceConfig> = {}, options: Partial<ExamineOptions> = {}): Promise<Found> {
  const findings = await examine(
    { ...config, ...changes },
    {
      state: newFolder(),
      brokerSeconds: Seconds(0.2),
      readSynchronised: async () => true,
      readSpace: async () => ({ bavail: 1e6, bsize: 4096 }),
      ...options,
    },
  );
  return Object.fromEntries(findings.map((finding) => [finding.what, finding])) as Found;
}

describe("examine()", () => {
  it("finds nothing to do where all is well", async () => {
    await using broker = await startEmbeddedBroker({ port: 0 });
    const settings = join(newFolder(), "mosquitto.conf");
    writeFileSync(settings, "listener 1883\npersistence true\n");
    const found = await examined({ broker: broker.url }, { brokerSettings: settings, brokerSeconds: Seconds(10) });
    for (const { what, state, todo } of Object.values(found)) {
      expect({ what, state, todo }).toEqual({ what, state: "good", todo: undefined });
    }
    expect(Object.keys(found)).toEqual(["port", "broker", "persistence", "clock", "disk", "permissions"]);
  });

  it("says that a port is not there, or may not be used", async () => {
    const { port } = await examined({ port: "/dev/ttyNOWHERE" });
    expect(port).toMatchObject({ state: "bad", found: "/dev/ttyNOWHERE is not there" });
    expect(port.todo).toContain("Plug the board in");
  });

  it("says that no broker answers, without its password", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const { broker } = await examined({ broker: `mqtt://anna:secret@127.0.0.1:${port}` });
    expect(broker.state).toBe("bad");
    expect(broker.found).toContain(`No MQTT broker answered at mqtt://127.0.0.1:${port}`);
    expect(broker.todo).toContain("Start the broker");
    expect(JSON.stringify(broker)).not.toContain("secret");
  });

  it("shows the broker who the device is, unless that would take the link from an agent", async () => {
    const who = { fleet: "home", role: "agent", device: "d1" } as const;
    const members = [{ who, id: "d1", password: await hashPassword("right") }];
    await using broker = await startEmbeddedBroker({ port: 0, members });
    const state = newFolder();
    const file = (name: string, password: string): string => {
      const path = join(newFolder(), `${name}.yaml`);
      writeFileSync(path, `username: device.d1\npassword: ${password}\n`, { mode: 0o600 });
      return path;
    };
    const asked = { state, brokerSeconds: Seconds(5) };
    const good = file("good", "right");
    const { broker: found } = await examined({ broker: broker.url }, { ...asked, credentials: good });
    expect(found).toMatchObject({ state: "good", found: expect.stringContaining("lets the device in") });
    const { broker: wrong } = await examined(
      { broker: broker.url },
      { credentials: file("bad", "wrong"), brokerSeconds: Seconds(1) },
    );
    expect(wrong).toMatchObject({ state: "bad", todo: expect.stringContaining("`credentials:`") });
    using _ = lockFolder(state);
    const { broker: busy } = await examined({ broker: broker.url }, { ...asked, credentials: good });
    expect(busy).toMatchObject({ state: "unknown", found: expect.stringContaining(`An agent runs with ${state}`) });
    expect((await examined({ broker: broker.url.replace("//", "//device.d1:right@") }, asked)).broker.state).toBe("unknown");
    chmodSync(good, 0o644);
    if (process.platform === "win32") return;
    const { broker: open } = await examined({ broker: broker.url }, { credentials: good });
    expect(open).toMatchObject({ state: "bad", found: expect.stringContaining("Others may get at this secret") });
  });

  it("says what can be known of the broker's persistence", async () => {
    const settings = join(newFolder(), "mosquitto.conf");
    writeFileSync(settings, "# persistence true\npersistence false\n");
    const { persistence } = await examined({}, { brokerSettings: settings });
    expect(persistence).toMatchObject({ state: "bad" });
    expect(persistence.todo).toContain("persistence true");
    expect((await examined({}, { brokerSettings: "/nowhere" })).persistence.state).toBe("unknown");
    expect((await examined({ broker: "mqtt://broker.invalid" }, { brokerSettings: settings })).persistence.state).toBe("unknown");
  });

  it("says that the clock is not synchronised, or that nobody knows", async () => {
    const { clock } = await examined({}, { readSynchronised: async () => false });
    expect(clock).toMatchObject({ state: "bad", todo: expect.stringContaining("set-ntp true") });
    expect((await examined({}, { readSynchronised: async () => undefined })).clock.state).toBe("unknown");
  });

  it("says that the disk is nearly full, also of a folder that is yet to be made", async () => {
    const asked: string[] = [];
    const state = join(newFolder(), "not", "yet");
    const readSpace = async (folder: string): Promise<{ bavail: number; bsize: number }> => {
      asked.push(folder);
      return { bavail: 10, bsize: 1024 * 1024 };
    };
    const { disk, permissions } = await examined({}, { state, readSpace });
    expect(disk).toMatchObject({ state: "bad", found: `10 MiB free for ${state}` });
    expect(disk.todo).toContain("256 MiB");
    expect(asked).toEqual([join(state, "..", "..")]);
    expect(permissions.state).toBe("good");
  });

  it.skipIf(process.platform === "win32")("says which files of the state are open to others", async () => {
    const state = newFolder();
    const file = join(state, "ledger-a");
    writeFileSync(file, "", { mode: 0o600 });
    chmodSync(file, 0o640);
    const { permissions } = await examined({}, { state });
    expect(permissions).toMatchObject({ state: "bad", found: `${file}: open to others` });
    expect(permissions.todo).toContain(`chmod -R go= ${state}`);
  });
});
