import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { Seconds } from "@ohmwork/core";
import { connectMqtt, type MqttConnection, startEmbeddedBroker } from "@ohmwork/runtime";
import { encode, messages, type Payloads, sealParameterSet, topicOf } from "@ohmwork/wire";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { logEvents } from "./log.ts";
import { runTrainer, type RunTrainerOptions } from "./run-trainer.ts";
import { openStore } from "./store/open-store.ts";
import type { TrainerStore } from "./store/store.ts";

const sample: Payloads["sample"] = {
  boot: "b1",
  seq: 1,
  id: "b1-1",
  at: 5,
  clockSynchronised: true,
  task: "sum",
  revision: 7,
  inputs: Float32Array.of(0.5, 2),
  measured: { outputs: Float32Array.of(3) },
  label: Float32Array.of(Number.NaN),
};

type Fixture = {
  readonly url: string;
  readonly file: string;
  readonly device: MqttConnection;
  readonly stopBroker: () => Promise<void>;
  readonly publish: <K extends "sample" | "status" | "progress" | "label" | "birth">(
    kind: K,
    payload: Payloads[K],
  ) => Promise<boolean>;
  /** Status and body of what is at a path. */
  readonly get: (path: string) => Promise<[number, unknown]>;
};

async function fixture(
  more: Pick<RunTrainerOptions, "keepDays"> = {},
  prepare: (store: TrainerStore) => Promise<void> = async () => undefined,
): Promise<Fixture> {
  const broker = await startEmbeddedBroker({ port: 0 });
  const stop = new AbortController();
  const ready = Promise.withResolvers<string>();
  const file = join(mkdtempSync(join(tmpdir(), "ohmwork-api-")), "trainer.sqlite");
  let address = "";
  const calls = { onApi: (at: string) => void (address = at), onReady: () => ready.resolve(address) };
  {
    await using store = await openStore(file);
    await prepare(store);
  }
  const running = runTrainer(
    { fleet: "home", broker: broker.url, file, http: { port: 0 }, homeAssistant: { version: "0.1.0" }, ...calls, ...more },
    stop.signal,
  );
  const url = await Promise.race([ready.promise, running.then(() => "")]);
  const device: MqttConnection = connectMqtt(broker.url, { clientId: "d1" });
  await device.whenConnected(Seconds(5));
  onTestFinished(async () => {
    stop.abort();
    await running;
    await device.close();
    await broker.close();
  });
  return {
    url,
    file,
    device,
    stopBroker: () => broker.close(),
    publish: (kind, payload) =>
      device.publish(topicOf({ kind, fleet: "home", device: "d1" }), encode(kind, payload), messages[kind]),
    get: async (path) => {
      const response = await fetch(`${url}${path}`);
      const text = await response.text();
      return [
        response.status,
        response.headers.get("content-type")?.includes("json") === true ? (JSON.parse(text) as unknown) : text,
      ];
    },
  };
}

describe("the HTTP API of runTrainer()", () => {
  it("shows devices, samples, labels and parameters", async () => {
    const { get, publish, file } = await fixture();
    await publish("status", { state: "online", boot: "b1" });
    await publish("sample", sample);
    await publish("sample", { ...sample, seq: 2, id: "b1-2" });
    await publish("label", { sample: "b1-1", label: "knock", by: "eve", at: 6 });
    await vi.waitFor(async () =>
      expect(await get("/v1/labels?sample=b1-1")).toEqual([
        200,
        { labels: [{ sample: "b1-1", label: "knock", by: "eve", at: 6 }] },
      ]),
    );
    expect(await get("/v1/devices")).toMatchObject([200, { devices: [{ device: "d1", online: true, boot: "b1" }] }]);
    const shown = { device: "d1", boot: "b1", seq: 1, inputs: [0.5, 2], measured: { outputs: [3] }, label: [null], revision: 7 };
    expect(await get("/v1/samples?limit=1&device=d1")).toMatchObject([200, { samples: [shown], next: "d1/b1/1" }]);
    expect(await get("/v1/samples?limit=1&after=d1/b1/1")).toMatchObject([200, { samples: [{ seq: 2 }], next: "d1/b1/2" }]);
    expect(await get("/v1/samples?after=d1/b1/2")).toEqual([200, { samples: [] }]);

    const values = { values: Float32Array.of(0.25), encoding: "e", classes: [], ports: "a".repeat(64), twins: {} };
    const set = await sealParameterSet({ ...values, origin: "local", madeAt: 9 });
    await using store = await openStore(file);
    await store.keepParameterSet("home", { ...set, device: "d1", receivedAt: 10 });
    const expected = { id: set.id, device: "d1", receivedAt: 10, values: [0.25], origin: "local", madeAt: 9 };
    expect(await get("/v1/parameters?device=d1")).toMatchObject([200, { parameters: [expected] }]);
    expect(await get(`/v1/parameters/${set.id}`)).toMatchObject([200, expected]);
    expect(await get(`/v1/parameters/${"b".repeat(64)}`)).toEqual([
      404,
      { error: `There is no parameter set ${"b".repeat(64)}` },
    ]);
  });

  it("refuses what is not asked as the document says", async () => {
    const { get } = await fixture();
    for (const path of [
      "/v1/samples?limit=0",
      "/v1/samples?limit=1001",
      "/v1/samples?device=D%201",
      "/v1/samples?after=x",
      "/v1/labels",
      "/v1/parameters/x",
    ]) {
      const [status, body] = await get(path);
      expect([path, status]).toEqual([path, 400]);
      expect(body).toMatchObject({ error: expect.any(String) });
    }
    expect(await get("/v2/../etc?x=secret")).toEqual([404, { error: "There is nothing at /etc" }]);
  });

  it("describes itself", async () => {
    const { get } = await fixture();
    const [, document] = await get("/openapi.json");
    const paths = [
      "/livez",
      "/readyz",
      "/metrics",
      "/openapi.json",
      "/v1/devices",
      "/v1/samples",
      "/v1/labels",
      "/v1/parameters",
      "/v1/parameters/{id}",
      "/v1/events",
      "/v1/rollouts",
      "/v1/rollouts/{id}",
      ...["approve", "stop", "resume", "rollback"].map((what) => `/v1/rollouts/{id}/${what}`),
      "/v1/runs",
      "/v1/runs/{id}",
      ...["pause", "resume", "cancel"].map((what) => `/v1/runs/{id}/${what}`),
    ];
    expect(document).toMatchObject({ openapi: "3.1.0", info: { title: "Ohmwork trainer" } });
    expect(Object.keys((document as { paths: object }).paths).toSorted()).toEqual(paths.toSorted());
    const { get: samples } = (
      document as { paths: Record<string, { get: { parameters: { name: string }[]; responses: object } }> }
    ).paths["/v1/samples"]!;
    expect(samples.parameters.map(({ name }) => name).toSorted()).toEqual(["after", "boot", "device", "limit", "task"]);
    expect(Object.keys(samples.responses)).toEqual(["200", "503"]);
  });

  it("is alive without a broker, and ready only with one", async () => {
    const { get, stopBroker } = await fixture();
    expect(await get("/livez")).toEqual([200, { live: true }]);
    expect(await get("/readyz")).toEqual([200, { ready: true, broker: true, store: true }]);
    await stopBroker();
    await vi.waitFor(async () => expect(await get("/readyz")).toEqual([503, { ready: false, broker: false, store: true }]), 5000);
    expect(await get("/livez")).toEqual([200, { live: true }]);
  });

  it("counts for Prometheus", async () => {
    const { get, publish } = await fixture();
    await publish("status", { state: "online", boot: "b1" });
    for (let i = 0; i < 3; i += 1) await publish("sample", sample);
    const lines = async (): Promise<string[]> => String((await get("/metrics"))[1]).split("\n");
    await vi.waitFor(async () => expect(await lines()).toContain("ohmwork_trainer_duplicates_total 2"));
    const figures = [
      "samples_total 1",
      "broker_connected 1",
      "store_failing 0",
      'devices{state="online"} 1',
      'commit_seconds_bucket{le="+Inf"}',
    ];
    for (const figure of figures) expect((await lines()).some((line) => line.startsWith(`ohmwork_trainer_${figure}`))).toBe(true);
  });

  it("tells what happens while it happens, and ends with the trainer", async () => {
    const { url, publish } = await fixture();
    const response = await fetch(`${url}/v1/events`);
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let heard = "";
    await publish("progress", { boot: "b1", task: "sum", step: 4, steps: 9, error: 0.5 });
    await publish("sample", sample);
    while (!heard.includes("event: samples")) heard += (await reader.read()).value ?? "";
    expect(heard).toContain(
      'event: progress\ndata: {"device":"d1","data":{"boot":"b1","task":"sum","step":4,"steps":9,"error":0.5}}\n\n',
    );
    expect(heard).toContain('event: samples\ndata: {"data":{"stored":1,"duplicates":0}}\n\n');
  }); // the fixture ends while somebody listens
});

describe("runTrainer()", () => {
  it("deletes what is older than it is to be kept", async () => {
    const old = { receivedAt: Date.now() - 3 * 86_400_000, births: new Map(), statuses: new Map(), progress: [] };
    const { file, publish, get } = await fixture({ keepDays: 2 }, async (store) => {
      await store.commit("home", { ...old, samples: [{ device: "d1", sample, payload: encode("sample", sample) }] });
    });
    await using store = await openStore(file);
    await vi.waitFor(async () => expect((await store.summary("home")).samples).toBe(0));
    await publish("sample", sample);
    await publish("sample", { ...sample, seq: 2, id: "b1-2" });
    await vi.waitFor(async () => expect(await get("/v1/samples")).toMatchObject([200, { samples: [{ seq: 2 }] }]));
  });
  it("tells Home Assistant of a device with the classes of its parameter set", async () => {
    const { device, publish, file } = await fixture();
    const heard: string[] = [];
    await device.subscribe(
      "homeassistant/device/ohmwork_home_d1/config",
      (_, payload) => void heard.push(new TextDecoder().decode(payload)),
    );
    const values = {
      values: Float32Array.of(0.25),
      encoding: "e",
      classes: ["knock", "speech"],
      ports: "a".repeat(64),
      twins: {},
    };
    const set = await sealParameterSet({ ...values, origin: "local", madeAt: 9 });
    await using store = await openStore(file);
    await store.keepParameterSet("home", { ...set, receivedAt: 10 });
    const ports = { inputs: [], parameters: [], outputs: [] };
    const rest = {
      versions: {},
      system: "s",
      rule: "r",
      task: "t",
      ports,
      outbox: { depth: 0, oldest: 1, dropped: 0 },
      capabilities: [],
    };
    await publish("birth", { boot: "b1", parameters: { revision: 1, sha256: set.id }, ...rest });
    await vi.waitFor(() => expect(heard).toHaveLength(1), 5000);
    expect(JSON.parse(heard[0]!)).toMatchObject({ components: { answer: { options: ["knock", "speech"] } } });
    const hears = { classes: ["ae", "iy", "unknown"], capabilities: ["learn-this"] };
    await publish("birth", { boot: "b1", parameters: { revision: 1, sha256: set.id }, ...rest, ...hears });
    await vi.waitFor(() => expect(heard).toHaveLength(2), 5000);
    expect(JSON.parse(heard[1]!)).toMatchObject({
      components: { answer: { options: ["ae", "iy", "unknown"] }, learn_as: { options: ["ae", "iy"] } },
    });
  });
});

describe("logEvents()", () => {
  it("names device, boot and seq, and no secret", () => {
    const lines: Record<string, unknown>[] = [];
    const destination = new Writable({
      write: (chunk, _, done) => {
        lines.push(JSON.parse(String(chunk)) as Record<string, unknown>);
        done();
      },
    });
    const log = logEvents({ level: "debug", trainer: "t1", fleet: "home" }, destination);
    log.onStatus("d1", { state: "online", boot: "b1" });
    log.onReplay("d1", "b1", 7);
    log.onTrouble("No answer at mqtt://ada:secret@host:1883 or postgres://ada:secret@db/fleet");
    const batch = { receivedAt: 1, births: new Map(), statuses: new Map(), progress: [], samples: [] };
    log.onCommit({
      batch,
      result: { prefixes: [{ device: "d1", boot: "b1", upTo: 9 }], stored: 2, duplicates: 0 },
      seconds: 0.1,
    });
    expect(lines).toMatchObject([
      { trainer: "t1", fleet: "home", device: "d1", boot: "b1", msg: "Device is online" },
      { device: "d1", boot: "b1", seq: 7 },
      { msg: "No answer at mqtt://host:1883 or postgres://db/fleet" },
      { device: "d1", boot: "b1", seq: 9, msg: "Committed" },
      { stored: 2, duplicates: 0, seconds: 0.1 },
    ]);
    expect(JSON.stringify(lines)).not.toContain("secret");
  });
});
