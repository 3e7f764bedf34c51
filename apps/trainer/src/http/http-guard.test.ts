import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sealParameterSet } from "@ohmwork/wire";
import { describe, expect, it, onTestFinished } from "vitest";
import { openStore } from "../store/open-store.ts";
import { type ApiOptions, createApi } from "./api.ts";
import { createEventStream } from "./event-stream.ts";
import { createHttpTokens, loadHttpTokens } from "./http-tokens.ts";
import { createMetrics, type TrainerMetrics } from "./metrics.ts";

const tokens = createHttpTokens({ ada: "a".repeat(32), eve: "e".repeat(32) });
const ada = { authorization: `Bearer ${"a".repeat(32)}` };

type Ask = (
  method: string,
  path: string,
  options?: { headers?: Record<string, string>; body?: object },
) => Promise<[status: number, body: Record<string, unknown>]>;

async function fixture(
  more: Partial<ApiOptions> = {},
  host = "127.0.0.1",
): Promise<{ ask: Ask; port: number; metrics: TrainerMetrics; changes: () => number }> {
  const store = await openStore(":memory:");
  const statuses = new Map(["d1", "d2"].map((device) => [device, { state: "online", boot: "b" } as const]));
  await store.commit("home", { receivedAt: 1, statuses, births: new Map(), progress: [], samples: [] });
  let changes = 0;
  const health = { isBrokerConnected: () => true, isStoreFailing: () => false };
  const counts = { samples: 0, duplicates: 0, failedCommits: 0, replays: 0, progress: 0, deferred: 0, refused: {} };
  const metrics = createMetrics({
    ...health,
    counts: () => counts,
    devices: () => store.devices("home"),
    rollouts: () => store.rollouts.led("home"),
  });
  const onRollout = (): void => void (changes += 1);
  const now = (): number => 1000;
  const api = createApi({
    ...health,
    fleet: "home",
    store,
    metrics,
    events: createEventStream(),
    tokens,
    now,
    onRollout,
    ...more,
  });
  onTestFinished(async () => {
    await api.close();
    await store[Symbol.asyncDispose]();
  });
  const { port } = new URL(await api.listen({ port: 0, host }));
  return {
    port: Number(port),
    changes: () => changes,
    metrics,
    ask: (method, path, { headers = {}, body } = {}) =>
      new Promise((resolve, reject) => {
        const json = body === undefined ? {} : { "content-type": "application/json" };
        const sent = request({ port, path, method, host: "127.0.0.1", headers: { ...json, ...headers } }, (answer) => {
          let text = "";
          answer.on("data", (chunk: Buffer) => (text += chunk.toString()));
          answer.on("end", () => resolve([answer.statusCode ?? 0, JSON.parse(text || "{}") as Record<string, unknown>]));
        });
        sent.on("error", reject);
        sent.end(body === undefined ? undefined : JSON.stringify(body));
      }),
  };
}

describe("access to the HTTP API", () => {
  it("lets read on loopback, and change things with a token only", async () => {
    const { ask } = await fixture();
    expect((await ask("GET", "/v1/rollouts"))[0]).toBe(200);
    expect(await ask("POST", "/v1/rollouts", { body: {} })).toEqual([
      401,
      { error: "This takes a token: Authorization: Bearer …" },
    ]);
    const wrong = { authorization: `Bearer ${"b".repeat(32)}` };
    expect(await ask("POST", "/v1/rollouts/r1/stop", { body: {}, headers: wrong })).toEqual([
      401,
      { error: "Nobody has this token" },
    ]);
    expect((await ask("POST", "/v1/rollouts/r1/stop", { body: {}, headers: ada }))[0]).toBe(404);
    expect((await ask("POST", "/v1/rollouts", { body: {}, headers: { authorization: "Basic YTph" } }))[0]).toBe(401);
  });

  it("lets nobody change anything where there is no token", async () => {
    const { ask } = await fixture({ tokens: createHttpTokens({}) });
    expect((await ask("POST", "/v1/rollouts", { body: {}, headers: ada }))[0]).toBe(401);
  });

  it("asks for a token for reading too, beyond loopback or where it is told to, but for its health", async () => {
    for (const { ask } of [await fixture({ guardReading: true }), await fixture({}, "0.0.0.0")]) {
      expect((await ask("GET", "/v1/devices"))[0]).toBe(401);
      expect((await ask("GET", "/v1/devices", { headers: ada }))[0]).toBe(200);
      expect((await ask("GET", "/livez"))[0]).toBe(200);
      expect((await ask("GET", "/readyz?x"))[0]).toBe(200);
    }
  });

  it("keeps nothing for whoever asks for the head of what has no end", async () => {
    const events = createEventStream();
    const { ask } = await fixture({ events });
    expect((await ask("HEAD", "/v1/events"))[0]).toBe(404);
    expect(events.listeners).toBe(0);
    expect((await ask("HEAD", "/v1/devices"))[0]).toBe(200);
  });

  it("answers to its own name only, and to no page of somebody else", async () => {
    const { ask, port } = await fixture({ hosts: ["trainer.lan"] });
    const status = async (headers: Record<string, string>): Promise<number> => (await ask("GET", "/v1/devices", { headers }))[0];
    for (const host of ["localhost", `127.0.0.1:${port}`, "[::1]:80", "trainer.lan:1", "192.168.1.4"]) {
      expect([host, await status({ host })]).toEqual([host, 200]);
    }
    for (const host of ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "x y", "trainer.lan.evil:80"]) {
      expect([host, await status({ host })]).toEqual([host, 421]);
    }
    const host = "localhost:1";
    expect(await status({ host, origin: "http://localhost:1" })).toBe(200);
    for (const origin of ["http://evil.example", "null", "http://localhost:2", "http://localhost:1.evil.example"]) {
      expect([origin, await status({ host, origin })]).toEqual([origin, 403]);
      expect((await ask("POST", "/v1/rollouts", { body: {}, headers: { host, origin, ...ada } }))[0]).toBe(403);
    }
  });
});

describe("rollouts over HTTP", () => {
  it("are begun, shown and told how to go on, by whom the token names", async () => {
    const { ask, changes, metrics } = await fixture();
    const sealed = await sealParameterSet({
      values: Float32Array.of(0.5),
      encoding: "volts",
      classes: [],
      ports: "a".repeat(64),
      twins: {},
      origin: "update",
      madeAt: 1,
    });
    const post = (path: string, body: object): ReturnType<Ask> => ask("POST", path, { body, headers: ada });
    expect(await post("/v1/parameters", { bytes: Buffer.from(sealed.bytes).toString("base64") })).toEqual([
      201,
      { id: sealed.id },
    ]);
    expect((await post("/v1/parameters", { bytes: "AAAA" }))[0]).toBe(400);
    const targets = ["d1", "d2"].map((device) => ({ device, set: sealed.id }));
    const [status, begun] = await post("/v1/rollouts", { id: "r1", targets, evidence: { samples: 9 } });
    expect([status, begun]).toMatchObject([
      201,
      { id: "r1", phase: "running", plan: { successShare: 0.95, evidence: { samples: 9 } } },
    ]);
    expect(begun["targets"]).toMatchObject([
      { device: "d1", wave: 0 },
      { device: "d2", wave: 1 },
    ]);
    expect(await post("/v1/rollouts", { id: "r1", targets })).toEqual([400, { error: "There is a rollout r1 already" }]);
    expect(await post("/v1/rollouts", { targets: { group: "kitchen", set: sealed.id } })).toEqual([
      400,
      { error: "No device has said that it is in group kitchen" },
    ]);
    const unknown = "b".repeat(64);
    expect(await post("/v1/rollouts", { targets: [{ device: "d9", set: unknown }] })).toEqual([
      400,
      { error: `There is no parameter set ${unknown} in the store` },
    ]);
    expect(await post("/v1/rollouts", { targets: [{ device: "d9", set: sealed.id }] })).toEqual([
      400,
      { error: "Device d9 has never been heard of" },
    ]);
    const most = Array.from({ length: 10_000 }, (_, i) => ({ device: `${i}`.padStart(36, "d"), set: sealed.id }));
    expect((await post("/v1/rollouts", { targets: most }))[1]).toEqual({
      error: `Device ${most[0]?.device} has never been heard of`,
    });
    expect(await post("/v1/rollouts/r1/approve", {})).toEqual([
      409,
      { error: "Rollout r1 is running: approve is for one that is awaiting" },
    ]);
    expect((await post("/v1/rollouts/r1/stop", { why: "a storm" }))[0]).toBe(200);
    expect((await post("/v1/rollouts/r1/stop", { retry: true }))[0]).toBe(400);
    expect(await post("/v1/rollouts/r1/resume", { retry: true })).toMatchObject([200, { phase: "running" }]);
    expect(await ask("GET", "/v1/rollouts")).toMatchObject([200, { rollouts: [{ id: "r1" }] }]);
    const [, shown] = await ask("GET", "/v1/rollouts/r1");
    expect(shown["history"]).toEqual([
      { at: 1000, by: "ada", what: "started", detail: "2 devices in 2 waves" },
      { at: 1000, by: "ada", what: "stopped", detail: "a storm" },
      { at: 1000, by: "ada", what: "resume" },
    ]);
    expect((await ask("GET", "/v1/rollouts/none"))[0]).toBe(404);
    expect(await metrics.text()).toContain(
      'ohmwork_trainer_rollouts{phase="running"} 1\nohmwork_trainer_rollouts{phase="awaiting"} 0',
    );
    expect(changes()).toBe(3);
  });
});

describe("loadHttpTokens()", () => {
  it("makes a file for its owner only, reads it again, and refuses one that others may read", () => {
    const folder = mkdtempSync(join(tmpdir(), "ohmwork-tokens-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "http-tokens.yaml");
    const made = loadHttpTokens(file);
    expect(Object.keys(made)).toEqual(["operator"]);
    expect(made["operator"]).toMatch(/^[\w-]{43}$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(loadHttpTokens(file)).toEqual(made);
    writeFileSync(file, `${readFileSync(file, "utf8")}ada: ${"x".repeat(32)}\n`);
    expect(loadHttpTokens(file)).toEqual({ ...made, ada: "x".repeat(32) });
    writeFileSync(file, "ada: short\n");
    expect(() => loadHttpTokens(file)).toThrow('Key "ada": expected a token of 32 characters or more');
    writeFileSync(file, `ada: ${"x".repeat(32)}\n`);
    chmodSync(file, 0o644);
    expect(() => loadHttpTokens(file)).toThrow(/Others may get at this secret/);
    expect(() => loadHttpTokens(join(folder, "none", "x.yaml"))).toThrow(/Cannot be made: ENOENT/);
  });
});
