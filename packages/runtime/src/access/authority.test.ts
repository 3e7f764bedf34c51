import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createAuthority, openAuthority } from "./authority.ts";

const day = 24 * 3600 * 1000;
const period = { from: new Date(Date.now() - day), until: new Date(Date.now() + day) };

/** Skips where there is no second opinion, with the reason; never with OHMWORK_REQUIRE_ALL=1. */
function requireOpenssl(context: { skip(reason: string): unknown }): void {
  const { error } = spawnSync("openssl", ["version"]);
  if (error !== undefined && process.env["OHMWORK_REQUIRE_ALL"] !== "1") context.skip("openssl is not installed");
}

describe("an authority", () => {
  it("makes what OpenSSL takes, until it is revoked or out of its time, and from nobody else", async (context) => {
    requireOpenssl(context);
    const folder = mkdtempSync(join(tmpdir(), "ohmwork-authority-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const pair = await createAuthority("home", period);
    const authority = await openAuthority(pair);
    const other = await openAuthority(await createAuthority("home", period));
    const device = await authority.issue("device.d1", period);
    const files = {
      "ca.crt": pair.cert,
      "device.crt": device.cert,
      "broker.crt": (await authority.issue("broker", period, ["broker.lan", "127.0.0.1"])).cert,
      "foreign.crt": (await other.issue("device.d1", period)).cert,
      "late.crt": (await authority.issue("device.d1", { from: new Date(Date.now() - 2 * day), until: period.from })).cert,
      "none.crl": await authority.revocations([], new Date()),
      "some.crl": await authority.revocations(["4111", device.serial], new Date()),
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const verify = (name: string, ...options: string[]): string => {
      try {
        const args = ["verify", "-x509_strict", "-CAfile", "ca.crt", ...options, name];
        return execFileSync("openssl", args, { cwd: folder, encoding: "utf8", stdio: "pipe" }).trim();
      } catch (error) {
        return String((error as { stderr: unknown }).stderr);
      }
    };
    expect(verify("device.crt", "-purpose", "sslclient", "-crl_check", "-CRLfile", "none.crl")).toBe("device.crt: OK");
    expect(verify("device.crt", "-purpose", "sslserver")).toMatch(/(unsuitable|unsupported) certificate purpose/);
    expect(verify("device.crt", "-crl_check", "-CRLfile", "some.crl")).toMatch(/certificate revoked/);
    expect(verify("broker.crt", "-purpose", "sslserver", "-verify_hostname", "broker.lan")).toBe("broker.crt: OK");
    expect(verify("broker.crt", "-verify_ip", "127.0.0.1")).toBe("broker.crt: OK");
    expect(verify("broker.crt", "-verify_hostname", "other.lan")).toMatch(/[Hh]ostname mismatch/);
    expect(verify("foreign.crt")).toMatch(/(signature failure|unable to get local issuer)/);
    expect(verify("late.crt")).toMatch(/certificate has expired/);
  });
});
