import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BadInputError } from "@ohmwork/core";
import { expect, it, onTestFinished, vi } from "vitest";
import { startEmbeddedBroker } from "../embedded-broker.ts";
import { findMosquitto, requireMosquitto, startMosquitto } from "./mosquitto.ts";

it("findMosquitto() looks along the path, for what can be run", () => {
  const [plain, right] = ["plain-", "right-"].map((name) => mkdtempSync(join(tmpdir(), name))) as [string, string];
  writeFileSync(join(plain, "mosquitto"), "", { mode: 0o644 });
  writeFileSync(join(right, "mosquitto"), "", { mode: 0o755 });
  expect(findMosquitto(`/nowhere::${plain}:${right}`)).toBe(join(right, "mosquitto"));
});

it("requireMosquitto() skips with a reason, but not where everything is required", () => {
  onTestFinished(() => void vi.unstubAllEnvs());
  const reasons: string[] = [];
  const skip = (reason: string): void => void reasons.push(reason);
  vi.stubEnv("OHMWORK_REQUIRE_ALL", "1");
  requireMosquitto({ skip });
  expect(reasons).toEqual([]);
  vi.stubEnv("OHMWORK_REQUIRE_ALL", "0");
  requireMosquitto({ skip });
  expect(reasons).toEqual(findMosquitto() === undefined ? ["mosquitto is not installed"] : []);
});

it("startMosquitto() fails when the port is taken, whoever answers there", async (context) => {
  requireMosquitto(context);
  await using other = await startEmbeddedBroker({ port: 0 });
  const failure = await startMosquitto({ port: other.port }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(BadInputError);
  expect((failure as Error).message).toMatch(/^mosquitto ended before it listened: .*Address already in use/);
});
