import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runAgent } from "@ohmwork/agent";
import { createRandom, Seconds } from "@ohmwork/core";
import { recordGuarantee, scaled, testSeed } from "@ohmwork/core/testing";
import { connectMqtt, type MqttConnection, startEmbeddedBroker } from "@ohmwork/runtime";
import { createFakeLearner, requireMosquitto, startMosquitto } from "@ohmwork/runtime/testing";
import {
  type CommandReply,
  createSigner,
  decode,
  encode,
  hashOfPorts,
  hashOfValues,
  messages,
  payloadLimitBytes,
  type Reported,
  type Respond,
  type Responded,
  type Signed,
  signLease,
  splitMessage,
  topicOf,
} from "@ohmwork/wire";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createDrivenDevice } from "./driven-device.ts";

const signer = await createSigner(new Uint8Array(32).fill(1));
const portsHash = await hashOfPorts(createFakeLearner().ports);
const topic = (kind: "respond" | "responded" | "reported"): string => topicOf({ kind, fleet: "home", device: "d1" });

async function leaseOf(sequence: number): Promise<Signed> {
  const signedAt = Date.now();
  const window = { low: Float32Array.of(-1, -1), high: Float32Array.of(1, 1) };
  const lease = { fleet: "home", device: "d1", run: "run-1", sequence, ports: portsHash, ...window, signedAt };
  return signLease({ ...lease, expires: signedAt + 600_000 }, signer);
}

async function requestOf(request: string, lease: number, more: Partial<Respond> = {}): Promise<Respond> {
  const values = Float32Array.of(0.5, 0.25);
  const common = { request, run: "run-1", lease, parameters: await hashOfValues(values), values };
  return { ...common, inputs: Float32Array.of(1, 2), rows: 1, expires: Date.now() + 600_000, ...more };
}

/** As little of a trainer as there can be: asks, and hears. */
class Driver {
  readonly answers: Responded[] = [];
  reported: Reported | undefined;
  readonly #connection: MqttConnection;

  constructor(connection: MqttConnection) {
    this.#connection = connection;
  }

  static async connect(url: string): Promise<Driver> {
    const connection = connectMqtt(url, { clientId: "driver" });
    onTestFinished(() => connection.close());
    const driver = new Driver(connection);
    await connection.whenConnected(Seconds(10));
    await connection.subscribe(topic("responded"), (_, payload) => {
      const answer = decode("responded", payload);
      if (answer.ok) driver.answers.push(answer.value);
    });
    await connection.subscribe(topic("reported"), (_, payload) => {
      const reported = decode("reported", payload);
      if (reported.ok) driver.reported = reported.value;
    });
    return driver;
  }

  /** Sends without waiting for an answer; in parts of `limit` bytes where it is longer. */
  async send(respond: Respond, limit = payloadLimitBytes): Promise<void> {
    const bytes = encode("respond", respond);
    if (bytes.length <= limit) return void (await this.#connection.publish(topic("respond"), bytes, messages.respond));
    for (const [part, payload] of (await splitMessage(bytes, respond.request, limit)).entries())
      await this.#connection.publish(`${topic("respond")}/part/${part}`, payload, messages.respond);
  }

  /** Ends the lease of the run. */
  async release(): Promise<CommandReply> {
    const replied = Promise.withResolvers<CommandReply>();
    const command = topicOf({ kind: "command", fleet: "home", device: "d1", name: "release" });
    await this.#connection.subscribe(`${command}/reply`, (_, payload) => {
      const reply = decode("command-reply", payload);
      if (reply.ok) replied.resolve(reply.value);
    });
    const asked = { request: "c-1", by: "driver", arguments: { run: "run-1" }, expires: Date.now() + 60_000 };
    await this.#connection.publish(command, encode("command", asked), messages.command);
    return replied.promise;
  }

  /** Asks until there is an answer: an agent that has just begun hears nothing yet. */
  async ask(respond: Respond): Promise<Responded> {
    const answer = (): Responded | undefined => this.answers.find(({ request }) => request === respond.request);
    await vi.waitUntil(
      async () => {
        if (answer() === undefined) await this.send(respond);
        return answer() !== undefined;
      },
      { timeout: 20_000, interval: 200 },
    );
    return answer() as Responded;
  }
}

const brokers = {
  "the embedded broker": () => startEmbeddedBroker({ port: 0 }),
  mosquitto: () => startMosquitto(),
};

describe.each(Object.entries(brokers))("a device behind %s", (name, start) => {
  it("answers two requests that are under way, in their order, and is back when it is told to", async (context) => {
    if (name === "mosquitto") requireMosquitto(context);
    await using broker = await start();
    const programmed: string[] = [];
    const device = createDrivenDevice((values) => programmed.push(values.join()));
    const stop = new AbortController();
    const state = mkdtempSync(join(tmpdir(), "ohmwork-driven-"));
    const running = runAgent({ device, broker: broker.url, state, updateKeys: [signer.publicKey] }, stop.signal);
    const driver = await Driver.connect(broker.url);
    const grant = await leaseOf(1);
    expect(await driver.ask(await requestOf("q-0", 1, { grant }))).toMatchObject({ ok: true });
    expect(driver.reported).toMatchObject({ lease: { run: "run-1", sequence: 1 } });
    for (let i = 1; i <= 10; i += 2) {
      // The first one comes in parts, and is complete before the second.
      await driver.send(await requestOf(`q-${i}`, 1), 400);
      await driver.send(await requestOf(`q-${i + 1}`, 1));
      await vi.waitUntil(() => driver.answers.some(({ request }) => request === `q-${i + 1}`), { timeout: 30_000 });
    }
    const asked = new Set(driver.answers.map(({ request }) => request));
    expect([...asked]).toEqual(Array.from({ length: 11 }, (_, i) => `q-${i}`));
    expect(driver.answers.every(({ ok }) => ok)).toBe(true);
    expect(await driver.release()).toMatchObject({ ok: true, result: { released: true } });
    await vi.waitUntil(() => driver.reported?.lease === undefined, { timeout: 30_000 });
    expect(programmed).toEqual(["0,0", "0.5,0.25", "0,0"]);
    stop.abort();
    expect(await running).not.toHaveProperty("learned");
  });
});

describe("an agent that is killed under a lease", () => {
  it("comes back with the committed set, and takes the lease no more", async (context) => {
    await using broker = await startEmbeddedBroker({ port: 0 });
    const state = mkdtempSync(join(tmpdir(), "ohmwork-killed-"));
    const wipers = join(state, "wipers");
    const startAgent = (): ChildProcess => {
      const lines = [
        `import { writeFileSync } from "node:fs"; import { runAgent } from "@ohmwork/agent"; import { createDrivenDevice } from "./driven-device.ts";`,
        `const device = createDrivenDevice((values) => writeFileSync(${JSON.stringify(wipers)}, values.join()));`,
        `const updateKeys = [Uint8Array.from(Buffer.from("${Buffer.from(signer.publicKey).toString("hex")}", "hex"))];`,
        `await runAgent({ device, broker: ${JSON.stringify(broker.url)}, state: ${JSON.stringify(state)}, updateKeys }, new AbortController().signal);`,
      ];
      const options = ["--conditions=@ohmwork/source", "--input-type=module-typescript", "--eval", lines.join("\n")];
      const child = spawn(process.execPath, options, { cwd: import.meta.dirname, stdio: ["ignore", "ignore", "inherit"] });
      onTestFinished(() => void child.kill("SIGKILL"));
      return child;
    };
    const driver = await Driver.connect(broker.url);
    const seed = testSeed(11);
    const random = createRandom(seed, "kills under a lease");
    const kills = scaled(20);
    let agent = startAgent();
    for (let i = 1; i <= kills; i += 1) {
      const grant = await leaseOf(i);
      expect(await driver.ask(await requestOf(`a-${i}`, i, { grant }))).toMatchObject({ ok: true });
      expect(readFileSync(wipers, "utf8")).toBe("0.5,0.25");
      const gone = new Promise((resolve) => void agent.once("exit", resolve));
      // While another request is under way, at whatever point of it.
      await driver.send(
        await requestOf(`b-${i}`, i, {
          values: Float32Array.of(0.75, 0.75),
          parameters: await hashOfValues(Float32Array.of(0.75, 0.75)),
        }),
      );
      await new Promise((resolve) => setTimeout(resolve, 5 * random.uniform()));
      agent.kill("SIGKILL");
      await gone;
      expect(readFileSync(wipers, "utf8")).not.toBe("0,0");
      agent = startAgent();
      await vi.waitUntil(() => readFileSync(wipers, "utf8") === "0,0", { timeout: 30_000 });
      expect(await driver.ask(await requestOf(`c-${i}`, i, { grant }))).toMatchObject({ ok: false, reason: "lease-ended" });
      expect(readFileSync(wipers, "utf8")).toBe("0,0");
    }
    recordGuarantee(context, { guarantee: "P7", fault: "the agent killed under a lease", count: kills, seed });
  }, 120_000);
});
