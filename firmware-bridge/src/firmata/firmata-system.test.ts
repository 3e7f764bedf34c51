import { execFile } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { promisify } from "node:util";
import { createBatch, type PhysicalSystem } from "@ohmwork/core";
import { physicalSystemContract } from "@ohmwork/core/testing";
import johnnyFive from "johnny-five";
import { describe, expect, it } from "vitest";
import { createByteQueue } from "../link/byte-queue.ts";
import { BoardUnreachableError } from "../link/link-errors.ts";
import type { PortBinding } from "../link/port.ts";
import { tcpPort } from "../link/tcp-port.ts";
import { createEmulatedPots, type EmulatedPots, outVolts, fourPots, twoSources } from "../testing/emulated-pots.ts";
import { createEmulatedUno, type EmulatedUno } from "../testing/emulated-uno.ts";
import { standardFirmataHex } from "../testing/standard-firmata-hex.ts";
import { type FirmataSystemOptions, openFirmataSystem } from "./firmata-system.ts";

const hex = standardFirmataHex();
const codeVolts = 5 / 1024;

function wire(wakeAt: readonly number[] = [64, 37, 64, 64]): { uno: EmulatedUno; pots: EmulatedPots } {
  const pots = createEmulatedPots(wakeAt);
  const pins = [2, 3, 4, 5, 6, 7, 8, 9];
  return { pots, uno: createEmulatedUno(hex ?? "", { pins, setPin: pots.setPin, analogVolts: pots.analogVolts }) };
}

const open = (uno: EmulatedUno, options: Partial<FirmataSystemOptions> = {}): Promise<PhysicalSystem> =>
  openFirmataSystem({
    port: uno.port,
    pots: fourPots,
    sources: twoSources,
    outputs: [{ name: "out", analogPin: 0 }],
    patienceSeconds: 20,
    ...options,
  });

/** The board behind a socket, until that is destroyed. */
async function serve({ port }: EmulatedUno): Promise<{ port: PortBinding; socket(): Socket } & AsyncDisposable> {
  const sockets: Socket[] = [];
  const forward = async (socket: Socket): Promise<void> => {
    const board = await port.open();
    socket.on("data", (bytes) => void board.write(bytes));
    socket.on("close", () => void board.close());
    for await (const bytes of board.source) socket.write(bytes);
  };
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    void forward(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: tcpPort("127.0.0.1", (server.address() as AddressInfo).port),
    socket: () => sockets[0] as Socket,
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, "close");
    },
  };
}

describe.skipIf(hex === undefined)("openFirmataSystem() on the published StandardFirmata", () => {
  it("homes every potentiometer wherever it woke up, stores nothing and selects one at a time", async () => {
    const { uno, pots } = wire([127, 99, 3, 64]);
    await using system = await open(uno);
    expect(pots.positions).toEqual([1, 1, 1, 1]);
    const atStart = pots.collisions(); // StandardFirmata makes all pins low, one after the other
    await system.program(Float32Array.of(100, 20, 127, 2));
    expect(pots.positions).toEqual([100, 20, 127, 2]);
    await system.program(Float32Array.of(3, 99, 1, 60));
    expect(pots.positions).toEqual([3, 99, 1, 60]);
    expect(pots.stored()).toBe(0);
    expect(pots.collisions()).toBe(atStart);
    expect(uno.faults()).toEqual([]);
  });

  it("measures what the solver says, to one code of ten bits", async () => {
    const { uno } = wire();
    await using system = await open(uno);
    const cases = [
      [64, 50, 64, 64],
      [10, 99, 127, 20],
    ];
    for (const positions of cases) {
      await system.program(Float32Array.from(positions));
      const { stages } = await system.respond(createBatch(Float32Array.of(5, 0, 0, 5, 5, 5, 0, 0), [4, 2]));
      const wanted = [
        [5, 0],
        [0, 5],
        [5, 5],
        [0, 0],
      ].map((volts) => outVolts(positions, volts));
      const off = wanted.map((volts, row) => Math.abs((stages["outputs"]?.data[row] ?? Number.NaN) - volts));
      expect(Math.max(...off), `${positions.join()}: ${wanted.join()}`).toBeLessThanOrEqual(codeVolts * 1.001);
    }
  });

  it("is reached over a socket as well, and lets reports pass while the nodes settle", async () => {
    const { uno, pots } = wire();
    await using server = await serve(uno);
    await using system = await open(uno, { port: server.port, settleReports: 3 });
    await system.program(Float32Array.of(64, 50, 64, 64));
    expect(pots.positions).toEqual([64, 50, 64, 64]);
    const { stages } = await system.respond(createBatch(Float32Array.of(5, 0), [1, 2]));
    const off = (stages["outputs"]?.data[0] ?? Number.NaN) - outVolts([64, 50, 64, 64], [5, 0]);
    expect(Math.abs(off)).toBeLessThanOrEqual(codeVolts * 1.001);
    const before = uno.seconds();
    await system.respond(createBatch(new Float32Array(20), [10, 2]));
    expect(uno.seconds() - before).toBeGreaterThan(10 * 3 * 0.01);
    server.socket().destroy();
    await expect(system.respond(createBatch(new Float32Array(2), [1, 2]))).rejects.toThrow("has gone");
  });

  it("is slow: board time of homing, of a step and of a row", async () => {
    const { uno } = wire();
    await using system = await open(uno);
    const ready = uno.seconds();
    await system.program(Float32Array.of(101, 1, 1, 1));
    const stepped = uno.seconds();
    await system.respond(createBatch(new Float32Array(40), [20, 2]));
    const answered = uno.seconds();
    const [perStep, perRow] = [(stepped - ready) / 100, (answered - stepped) / 20];
    console.log(
      `StandardFirmata: ${ready.toFixed(1)} s to the first answer, ${(perStep * 1e3).toFixed(2)} ms a step, ${(perRow * 1e3).toFixed(1)} ms a row`,
    );
    // Two messages of three bytes for each step, ten bits a byte, at 57,600 baud; a row waits for a report.
    expect(perStep).toBeGreaterThan(60 / 57_600);
    expect(perStep).toBeLessThan(0.003);
    expect(perRow).toBeLessThan(0.05);
  });

  it("says that the board has gone when the cable is pulled", async () => {
    const { uno } = wire();
    await using system = await open(uno);
    uno.unplug();
    await expect(system.respond(createBatch(new Float32Array(2), [1, 2]))).rejects.toThrow(BoardUnreachableError);
    await expect(system.program(Float32Array.of(5, 5, 5, 5))).rejects.toThrow("has gone");
  });

  it("leaves no listener of the process and no board behind, answered or not", async () => {
    const listeners = (): number[] => process.eventNames().map((name) => process.listenerCount(name));
    const before = listeners();
    await (await open(wire().uno))[Symbol.asyncDispose]();
    const { uno } = wire();
    const opening = open(uno);
    setImmediate(() => uno.unplug());
    await expect(opening).rejects.toThrow("has gone");
    expect(listeners()).toEqual(before);
    expect(johnnyFive.Board.cache).toEqual([]);
  });

  // What only a simulation or a learning system promises would only wait for the board to start.
  const promises = physicalSystemContract("StandardFirmata", async () => open(wire().uno)).filter(
    ({ name }) => !/^(?:a repeatable|snapshot|learn)/.test(name),
  );
  it("has promises to keep", () => {
    expect(promises.length).toBeGreaterThanOrEqual(8);
  });
  for (const { name, run } of promises) {
    it(name, async () => {
      await expect(run()).resolves.toBeUndefined();
    });
  }
});

describe("openFirmataSystem()", () => {
  it("says that nobody answers, and closes the port", async () => {
    const queue = createByteQueue();
    let closes = 0;
    const close = async (): Promise<void> => {
      closes += 1;
      queue.end();
    };
    const port = { name: "silent port", open: async () => ({ source: queue.source, write: async () => {}, close }) };
    await expect(open(wire().uno, { port, patienceSeconds: 0.05 })).rejects.toThrow(
      "StandardFirmata on silent port was silent for 0.05 s",
    );
    expect(closes).toBe(1);
    expect(johnnyFive.Board.cache).toEqual([]);
  });

  it("costs who does not call it neither johnny-five nor firmata-io", async () => {
    const script = `await import(${JSON.stringify(new URL("../index.ts", import.meta.url).href)});
      console.log(Object.keys(process.getBuiltinModule("node:module")._cache).join("\\n"));`;
    const parameters = ["--conditions=@ohmwork/source", "--input-type=module", "--eval", script];
    const { stdout } = await promisify(execFile)(process.execPath, parameters);
    expect(stdout).toMatch(/\/avr8js\//); // so that the list is known to tell
    expect(stdout).not.toMatch(/\/(?:johnny-five|firmata-io)\//);
  });

  it("refuses a pin with two uses", async () => {
    const { uno } = wire();
    const port = uno.port;
    const options = { port, pots: fourPots, outputs: [{ name: "out", analogPin: 0 }] };
    await expect(openFirmataSystem({ ...options, sources: [{ name: "s0", pin: 4 }] })).rejects.toThrow("Pin 4 has two uses");
    await expect(openFirmataSystem({ ...options, sources: [{ name: "s0", pin: 14 }] })).rejects.toThrow("Pin 14 has two uses");
  });
});
