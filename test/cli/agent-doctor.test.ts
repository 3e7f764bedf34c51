import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedBroker } from "@ohmwork/runtime";
import { describe, expect, it } from "vitest";
import { runOhmwork } from "./run-ohmwork.ts";

function configFor(broker: string, port: string): { config: string; state: string } {
  const folder = mkdtempSync(join(tmpdir(), "ohmwork-doctor-"));
  const config = join(folder, "device.yaml");
  writeFileSync(config, `fleet: home\ndevice: iris-1\nbroker: ${broker}\nrecipe: iris\nport: ${port}\nseed: 1\n`);
  return { config, state: join(folder, "state") };
}

describe("ohmwork agent doctor", () => {
  it("says what is to be mended, with what to do, and fails for it", async () => {
    await using broker = await startEmbeddedBroker({ port: 0 });
    const { config, state } = configFor(broker.url, "/dev/ttyNOWHERE");
    const { code, out, err } = await runOhmwork(["agent", "doctor", config, "--state", state, "--json"]);
    const result = JSON.parse(out) as { findings: { what: string; state: string; todo?: string }[] };
    expect(result).toMatchObject({ schema: "ohmwork.agent-doctor/1", fleet: "home", device: "iris-1" });
    const stateOf = Object.fromEntries(result.findings.map(({ what, state: found }) => [what, found]));
    expect(stateOf).toMatchObject({ port: "bad", broker: "good", permissions: "good" });
    for (const { state: found, todo } of result.findings) expect(todo === undefined).toBe(found !== "bad");
    expect(code).toBe(1);
    expect(err).toMatch(/^To be mended: port/);
    const { out: text } = await runOhmwork(["agent", "doctor", config, "--state", state]);
    expect(text).toContain("port        /dev/ttyNOWHERE is not there");
    expect(text).toContain("→ Plug the board in");
  });
});
