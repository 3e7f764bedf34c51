import { type ChildProcess, execFile, spawn } from "node:child_process";
import { accessSync, chownSync, constants, readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { BadInputError } from "@ohmwork/core";
import pg from "pg";

const run = promisify(execFile);
const startMilliseconds = 20_000;

/** A PostgreSQL for tests. */
export interface TestPostgres extends AsyncDisposable {
  /** Address of a new and empty database. */
  createDatabase(): Promise<string>;
  /** Ends the server at once, as a crash does; only one of our own. */
  crash(): Promise<void>;
  /** Starts it again where it was. */
  restart(): Promise<void>;
}

/** What tests need of any server. */
export type PostgresDatabases = Pick<TestPostgres, "createDatabase" | typeof Symbol.asyncDispose>;

/** Where the server's programs are: on the path, or where Debian puts them. */
function findPostgres(): string | undefined {
  const debian = "/usr/lib/postgresql";
  let versions: string[] = [];
  try {
    versions = readdirSync(debian).toSorted((a, b) => Number(b) - Number(a));
  } catch {
    // not Debian, or not installed
  }
  const folders = [
    ...(process.env["PATH"] ?? "").split(delimiter).filter(Boolean),
    ...versions.map((version) => join(debian, version, "bin")),
  ];
  return folders.find((folder) => ["initdb", "postgres"].every((program) => isProgram(join(folder, program))));
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether tests have a PostgreSQL: one that DATABASE_URL names, or one to be started. */
export const hasPostgres = (): boolean => process.env["DATABASE_URL"] !== undefined || findPostgres() !== undefined;

/** Skips a test, with the reason, where there is no PostgreSQL and none is given by DATABASE_URL; never with OHMWORK_REQUIRE_ALL=1. */
export function requirePostgres(context: { skip(reason: string): unknown }): void {
  if (!hasPostgres() && process.env["OHMWORK_REQUIRE_ALL"] !== "1")
    context.skip("PostgreSQL is not installed, and DATABASE_URL names none");
}

/**
 * A cluster of its own in a temporary folder, reached through a socket there and by nobody else.
 *
 * @throws BadInputError when PostgreSQL is not installed, or ends before it listens
 */
export async function startPostgres(): Promise<TestPostgres> {
  const programs = findPostgres();
  if (programs === undefined) throw new BadInputError("No PostgreSQL found: tests with OHMWORK_REQUIRE_ALL=1 need it");
  const folder = await mkdtemp(join(tmpdir(), "ohmwork-postgres-"));
  const data = join(folder, "data");
  // The server refuses to run as root.
  const user = process.getuid?.() === 0 ? await userOf("postgres") : undefined;
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const asUser = { cwd: folder, env: { PATH: programs, LC_ALL: "C" }, ...user };
  let server: ChildProcess | undefined;
  let said = "";

  const kill = (): void => void server?.kill("SIGKILL");
  process.once("exit", kill); // a test that fails must not leave it behind
  const start = async (): Promise<void> => {
    // No fsync: nothing here outlives the machine, and a killed server keeps what it handed to the system.
    const settings = [
      "fsync=off",
      "listen_addresses=",
      `unix_socket_directories=${folder}`,
      "max_connections=40",
      "shared_buffers=16MB",
    ];
    const started = spawn(join(programs, "postgres"), ["-D", data, ...settings.flatMap((one) => ["-c", one])], {
      ...asUser,
      stdio: ["ignore", "ignore", "pipe"],
    });
    server = started;
    started.stderr.setEncoding("utf8").on("data", (text: string) => void (said = (said + text).slice(-2000)));
    const until = performance.now() + startMilliseconds;
    while (!(await answers(`postgres://postgres@localhost/postgres?host=${encodeURIComponent(folder)}`))) {
      if (started.exitCode !== null || performance.now() > until) {
        throw new BadInputError(`PostgreSQL does not answer: ${said.trim().replaceAll(/\s*\n/g, "; ")}`);
      }
      await sleep(20);
    }
  };
  const stop = async (signal: "SIGQUIT" | "SIGINT"): Promise<void> => {
    const ending = server;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => void ending.once("close", () => resolve()));
    ending.kill(signal);
    await ended;
  };
  const dispose = async (): Promise<void> => {
    await stop("SIGQUIT");
    process.off("exit", kill);
    await rm(folder, { recursive: true, force: true });
  };

  try {
    await run(join(programs, "initdb"), ["-D", data, "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8", "--locale=C"], asUser);
    await start();
  } catch (error) {
    await dispose();
    throw error;
  }
  let databases = 0;
  return {
    createDatabase: async () => {
      databases += 1;
      const name = `store_${databases}`;
      await query(`postgres://postgres@localhost/postgres?host=${encodeURIComponent(folder)}`, `CREATE DATABASE ${name}`);
      return `postgres://postgres@localhost/${name}?host=${encodeURIComponent(folder)}`;
    },
    crash: () => stop("SIGQUIT"),
    restart: start,
    [Symbol.asyncDispose]: dispose,
  };
}

/** The server that `DATABASE_URL` names, or one that is started for the tests. */
export async function openPostgres(): Promise<PostgresDatabases> {
  const url = process.env["DATABASE_URL"];
  return url === undefined ? startPostgres() : givenPostgres(url);
}

/** The server that `DATABASE_URL` names; each store gets a schema of its own there, which is dropped at the end. */
function givenPostgres(url: string): PostgresDatabases {
  const schemas: string[] = [];
  return {
    createDatabase: async () => {
      const schema = `ohmwork_test_${process.pid}_${schemas.length}_${Date.now().toString(36)}`;
      await query(url, `CREATE SCHEMA ${schema}`);
      schemas.push(schema);
      const own = new URL(url);
      own.searchParams.set("options", `-c search_path=${schema}`);
      return own.href;
    },
    [Symbol.asyncDispose]: async () => {
      for (const schema of schemas) await query(url, `DROP SCHEMA ${schema} CASCADE`);
    },
  };
}

async function userOf(name: string): Promise<{ uid: number; gid: number }> {
  const id = async (flag: "-u" | "-g"): Promise<number> => Number((await run("id", [flag, name])).stdout);
  return { uid: await id("-u"), gid: await id("-g") };
}

async function query(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

const answers = (url: string): Promise<boolean> =>
  query(url, "SELECT 1").then(
    () => true,
    () => false,
  );
