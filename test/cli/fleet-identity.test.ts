import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Seconds } from "@ohmwork/core";
import { recordGuarantee } from "@ohmwork/core/testing";
import { connectMqtt, createAuthority, type Credentials, loadCredentials, openAuthority } from "@ohmwork/runtime";
import { requireMosquitto, startMosquitto } from "@ohmwork/runtime/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { runOhmwork } from "./run-ohmwork.ts";

const hour = 3_600_000;
const period = { from: new Date(Date.now() - 48 * hour), until: new Date(Date.now() + 48 * hour) };
const past = { from: period.from, until: new Date(Date.now() - 24 * hour) };
const future = { from: new Date(Date.now() + 24 * hour), until: period.until };

describe("a fleet of certificates", () => {
  it("lets in who proves by one of its own who they are, as that and nobody else", async (context) => {
    requireMosquitto(context);
    const cwd = mkdtempSync(join(tmpdir(), "ohmwork-identity-"));
    onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
    const at = (name: string): string => join(cwd, name);
    const run = async (...args: string[]): Promise<void> => {
      const { code, err } = await runOhmwork(["fleet", ...args], { cwd });
      expect(code, err).toBe(0);
    };
    await run("init", "home", "--broker", "mqtts://127.0.0.1");
    for (const id of ["d1", "d2", "d3"]) await run("add", id);
    // Everything but where it listens is as the command wrote it: another test may have that port.
    const write = async (folder: string, port: number): Promise<void> => {
      const settings = readFileSync(at("ohmwork-fleet/mosquitto/mosquitto.conf"), "utf8");
      expect(settings).toContain("\nlistener 8883\n");
      writeFileSync(join(folder, "mosquitto.conf"), settings.replace("listener 8883", `listener ${port} 127.0.0.1`));
    };
    await using broker = await startMosquitto({ write });
    const url = broker.url.replace("mqtt:", "mqtts:");
    const link = async (credentials: Credentials, clientId: string): Promise<ReturnType<typeof connectMqtt>> => {
      const connection = connectMqtt(url, { clientId, credentials });
      onTestFinished(() => connection.close());
      return connection;
    };
    const getsIn = async (credentials: Credentials, clientId = "any"): Promise<ReturnType<typeof connectMqtt>> => {
      const connection = await link(credentials, clientId);
      await connection.whenConnected(Seconds(20));
      return connection;
    };
    const isRefused = async (credentials: Credentials, why: RegExp, what = "refused"): Promise<void> => {
      const connection = await link(credentials, "any");
      await expect(connection.whenConnected(Seconds(1)), what).rejects.toMatchObject({
        code: "broker-unreachable",
        message: expect.stringMatching(why),
      });
      await connection.close();
    };
    const [d1, d2, d3] = ["d1", "d2", "d3"].map((id) => loadCredentials(at(`device.${id}.yaml`))) as [
      Credentials,
      Credentials,
      Credentials,
    ];
    const ca = d1.ca as string;
    const own = await openAuthority({ cert: ca, key: readFileSync(at("ohmwork-fleet/ca.key"), "utf8") });
    const foreignPair = await createAuthority("Ohmwork fleet home", period);
    const foreign = await openAuthority(foreignPair);
    const certified = async (issued: Promise<{ cert: string; key: string }>): Promise<Credentials> => {
      const { cert, key } = await issued;
      return { ca, cert, key };
    };

    const victim = await getsIn(d1);
    const topic = (id: string): string => `ohmwork/v1/home/${id}/status`;
    const says = (from: typeof victim, id: string): Promise<boolean> =>
      from.publish(topic(id), new TextEncoder().encode("{}"), { qos: 1, retain: false });
    expect(await says(victim, "d1")).toBe(true);
    // The common name counts, whatever it calls itself: by user name, password or client id.
    const pretender = await getsIn({ ...d2, username: "device.d1", password: "x" }, "device.d1");
    expect([await says(pretender, "d1"), await says(pretender, "d2")]).toEqual([false, true]);
    expect(victim.connected).toBe(true);

    const refusedByBroker = /alert|closed|ECONNRESET|socket hang up|disconnected|certificate/i;
    const matrix: Readonly<Record<string, Credentials>> = {
      "no certificate": { ca },
      "of another authority of the same name": await certified(foreign.issue("device.d1", period)),
      "signed by a device's own key": await certified(
        openAuthority({ cert: d2.cert as string, key: d2.key as string }).then((device) => device.issue("device.d1", period)),
      ),
      "out of its time": await certified(own.issue("device.d1", past)),
      "before its time": await certified(own.issue("device.d1", future)),
      "made for a broker": await certified(own.issue("device.d1", period, ["127.0.0.1"])),
    };
    for (const [what, credentials] of Object.entries(matrix)) {
      // With the reason, so that a broker that is only slow is not taken for one that refuses.
      await isRefused(credentials, refusedByBroker, what);
    }
    // One that was never added holds a good certificate all the same: it gets in, and may do nothing.
    const stranger = await getsIn(await certified(own.issue("device.d9", period)));
    expect(await says(stranger, "d9")).toBe(false);
    // A broker that is not the fleet's own.
    await isRefused({ ...d3, ca: foreignPair.cert }, /self.signed|unable to|signature/i);

    await run("revoke", "d1");
    await broker.reload();
    await isRefused(d1, refusedByBroker);
    expect(await says(victim, "d1")).toBe(false);
    // mosquitto leaves the link of a certificate standing: what it says is refused, and not lost on the way.
    expect(victim.connected).toBe(true);
    const replaced = at("again.yaml");
    await run("add", "d1", "--out", replaced);
    await broker.reload();
    await isRefused(d1, refusedByBroker);
    expect(await says(await getsIn(loadCredentials(replaced)), "d1")).toBe(true);
    expect(await says(await getsIn(d3), "d3")).toBe(true);
    // The others are named above: a pretender, one never added, another's broker, and one revoked, before and after.
    const count = Object.keys(matrix).length + 5;
    recordGuarantee(context, { guarantee: "P13", fault: "certificates that are wrong in one way each, on mosquitto", count });
  }, 120_000);
});
