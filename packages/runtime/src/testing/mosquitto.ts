import { type ChildProcessByStdio, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Readable } from "node:stream";
import { BadInputError, Seconds, withDeadline } from "@ohmwork/core";
import { systemClock } from "../system-clock.ts";

/** Where the program is: on the path, or where Debian puts it, which is on the path of root only. */
export function findMosquitto(path: string = process.env["PATH"] ?? ""): string | undefined {
  const files = [...path.split(delimiter).filter(Boolean), "/usr/sbin", "/usr/local/sbin"].map((folder) =>
    join(folder, "mosquitto"),
  );
  return files.find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Skips a test, with the reason, where the reference broker is not installed; never with OHMWORK_REQUIRE_ALL=1. */
export function requireMosquitto(context: { skip(reason: string): unknown }): void {
  if (findMosquitto() === undefined && process.env["OHMWORK_REQUIRE_ALL"] !== "1") context.skip("mosquitto is not installed");
}

const startSeconds = Seconds(10);

export type Mosquitto = AsyncDisposable & {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Has it read its lists again, after `write` wrote them. */
  reload(): Promise<void>;
};

export type StartMosquittoOptions = {
  /** Restarts one where it was. @default a free one */
  readonly port?: number;
  /** Writes mosquitto.conf, and what belongs to it, into a folder. @default settings that let everybody in and keep nothing */
  readonly write?: (folder: string, port: number) => Promise<void>;
};

/**
 * A mosquitto of its own on a loopback port.
 *
 * @throws BadInputError when it is not installed, or ends before it listens
 * @throws DeadlineExceededError when it does not listen within 10 s
 */
export async function startMosquitto(options: StartMosquittoOptions = {}): Promise<Mosquitto> {
  const program = findMosquitto();
  if (program === undefined) throw new BadInputError("No mosquitto on the path: tests with OHMWORK_REQUIRE_ALL=1 need it");
  const port = options.port ?? (await freePort());
  const folder = await mkdtemp(join(tmpdir(), "ohmwork-mosquitto-"));
  const config = join(folder, "mosquitto.conf");
  const write = options.write ?? writeOpenSettings;
  await write(folder, port);
  const broker = spawn(program, ["-c", config], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise<void>((resolve) => broker.once("close", () => resolve()));
  const kill = (): void => void broker.kill("SIGKILL");
  process.once("exit", kill); // a test that fails must not leave it behind
  const stop = async (): Promise<void> => {
    process.off("exit", kill);
    kill();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const what = "The start of mosquitto";
    await withDeadline(() => listens(broker), { clock: systemClock, limit: startSeconds, what });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: `mqtt://127.0.0.1:${port}`,
    port,
    pid: broker.pid as number,
    reload: async () => {
      await write(folder, port);
      const read = new Promise<void>((resolve) => {
        broker.stderr.on("data", (text: string) => void (/Reloading config/.test(text) && resolve()));
      });
      broker.kill("SIGHUP");
      await withDeadline(() => read, { clock: systemClock, limit: startSeconds, what: "Reading the lists again" });
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function writeOpenSettings(folder: string, port: number): Promise<void> {
  // Started as root it would drop to a user who may not read the folder.
  const user = process.getuid?.() === 0 ? "user root\n" : "";
  const listener = `listener ${port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n`;
  await writeFile(join(folder, "mosquitto.conf"), `${user}${listener}persistence false\nlog_dest stderr\n`);
}

/** Waits until it says that it runs: another program may answer on its port. */
function listens(broker: ChildProcessByStdio<null, null, Readable>): Promise<void> {
  let said = "";
  return new Promise((resolve, reject) => {
    broker.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      if (/ running$/m.test(said)) resolve();
    });
    broker.once("error", reject);
    broker.once("close", () => {
      reject(new BadInputError(`mosquitto ended before it listened: ${said.trim().replaceAll(/\s*\n/g, "; ")}`));
    });
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
