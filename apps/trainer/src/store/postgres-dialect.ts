import { BadInputError } from "@ohmwork/core";
import { CompiledQuery, type Dialect, PostgresDialect } from "kysely";
import pg from "pg";

/** Connections of one trainer: one commits while others read. */
const mostConnections = 4;
const connectMilliseconds = 10_000;
/** A statement that takes longer than this has met a lock or a network that is gone. */
const statementMilliseconds = 30_000;

/** Type 20 is `bigint`, which is given as text because it may exceed 2^53; nothing kept here does. */
const bigint = 20;
const types = new pg.TypeOverrides();
types.setTypeParser(bigint, Number);

/** PostgreSQL for the query builder. Nothing is connected before the first query. */
export function createPostgresDialect(url: string): Dialect {
  const pool = new pg.Pool({
    connectionString: url,
    max: mostConnections,
    connectionTimeoutMillis: connectMilliseconds,
    statement_timeout: statementMilliseconds,
    application_name: "ohmwork-trainer",
    types,
  });
  // A server that goes away is told of here as well, and would end this process: the query that meets it says so too.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => void client.on("error", () => undefined));
  return new PostgresDialect({
    pool,
    // What is acknowledged is on the disk, whatever the server's default.
    onCreateConnection: async (connection) => {
      const keep = "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";
      await connection.executeQuery(CompiledQuery.raw(keep));
    },
  });
}

/**
 * The address of a PostgreSQL as it may be shown: without user name, password and options.
 *
 * @throws BadInputError when it is no address
 */
export function shownAddress(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  // The host may stand in the options, as a folder with a socket.
  if (parsed === undefined)
    throw new BadInputError("The address of the database cannot be read, expected one like postgres://host/name");
  return `postgres://${parsed.host}${parsed.pathname}`;
}
