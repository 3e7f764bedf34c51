import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createConnection, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BadInputError, DeadlineExceededError, Seconds } from "@ohmwork/core";
import { systemClock } from "../system-clock.ts";

const path = "/usr/sbin/mosquitto";

/** Whether tests with the reference broker can run here; says so when not. With OHMWORK_REQUIRE_ALL=1 it is taken to be there. */
export function hasMosquitto(): boolean {
  if (existsSync(path) || process.env["OHMWORK_REQUIRE_ALL"] === "1") return true;
  process.stderr.write(`Skipped: tests with mosquitto, which is not installed at ${path}\n`);
  return false;
}

const startSeconds = Seconds(10);

/**
 * A mosquitto of its own on a free loopback port, with nothing kept on disk. `port` restarts one where it was.
 *
 * @throws BadInputError when it is not installed
 * @throws DeadlineExceededError when it does not listen within 10 s
 */
export async function startMosquitto(options: { port?: number } = {}): Promise<{ url: string; port: number } & AsyncDisposable> {
  if (!existsSync(path)) throw new BadInputError(`${path} is not there: tests with OHMWORK_REQUIRE_ALL=1 need mosquitto`);
  const port = options.port ?? (await freePort());
  const folder = await mkdtemp(join(tmpdir(), "ohmwork-mosquitto-"));
  const config = join(folder, "mosquitto.conf");
  // Started as root it would drop to a user who may not read the folder.
  const user = process.getuid?.() === 0 ? "user root\n" : "";
  await writeFile(config, `${user}listener ${port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\npersistence false\n`);
  const broker = spawn(path, ["-c", config], { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => broker.once("close", () => resolve()));
  const kill = (): void => void broker.kill("SIGKILL");
  process.once("exit", kill); // a test that fails must not leave it behind
  const stop = async (): Promise<void> => {
    process.off("exit", kill);
    kill();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  const giveUp = systemClock.monotonic() + startSeconds;
  while (!(await answers(port))) {
    if (systemClock.monotonic() > giveUp) {
      await stop();
      throw new DeadlineExceededError("The start of mosquitto", startSeconds);
    }
    await systemClock.sleep(Seconds(0.025));
  }
  return {
    url: `mqtt://127.0.0.1:${port}`,
    port,
    [Symbol.asyncDispose]: stop,
  };
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

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: "127.0.0.1" });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
