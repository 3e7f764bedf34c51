import { isIP } from "node:net";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { HttpTokens } from "./http-tokens.ts";

export type HttpGuardOptions = {
  /** Who may change things. @default nobody */
  readonly tokens?: HttpTokens;
  /** Names, besides `localhost` and addresses, by which the trainer may be called. @default none */
  readonly hosts?: readonly string[];
  /** Whether reading takes a token as well. */
  readonly isReadingGuarded: () => boolean;
};

/** Stands before every route. */
export interface HttpGuard {
  /** Answers a request that is refused, and lets every other one pass. */
  check(request: FastifyRequest, reply: FastifyReply): Promise<void>;
  /** Who makes a request that changes something. */
  callerOf(request: FastifyRequest): string;
}

/** Says nothing of the fleet, and is asked by programs that have no token. */
const alwaysOpen: ReadonlySet<string> = new Set(["/livez", "/readyz"]);
const reading: ReadonlySet<string> = new Set(["GET", "HEAD"]);

/**
 * Refuses what a page of somebody else makes a browser ask: a name that is not this trainer's (DNS rebinding) and a foreign origin; and
 * whoever would change something and has no token.
 */
export function createHttpGuard({ tokens, hosts = [], isReadingGuarded }: HttpGuardOptions): HttpGuard {
  const callers = new WeakMap<FastifyRequest, string>();
  return {
    check: async (request, reply) => {
      const { host = "", origin, authorization = "" } = request.headers;
      if (!isOwn(host, hosts)) return reply.status(421).send({ error: "This is not the host that was asked for" });
      if (origin !== undefined && !isSameHost(origin, host)) {
        return reply.status(403).send({ error: "A page of another origin may not ask" });
      }
      const isReading = reading.has(request.method);
      if (isReading && (!isReadingGuarded() || alwaysOpen.has(request.url.split("?")[0] ?? ""))) return undefined;
      const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
      const caller = token === undefined ? undefined : tokens?.nameOf(token);
      if (caller === undefined) {
        const error = token === undefined ? "This takes a token: Authorization: Bearer …" : "Nobody has this token";
        return reply.status(401).header("www-authenticate", "Bearer").send({ error });
      }
      callers.set(request, caller);
      return undefined;
    },
    callerOf: (request) => callers.get(request) ?? "unknown",
  };
}

function isOwn(host: string, hosts: readonly string[]): boolean {
  const url = `http://${host}`;
  if (host === "" || !URL.canParse(url)) return false;
  const name = new URL(url).hostname.replace(/^\[(.*)\]$/, "$1");
  // No name can be made to point at an address but a name.
  return name === "localhost" || isIP(name) !== 0 || hosts.includes(name);
}

function isSameHost(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === new URL(`http://${host}`).host;
}
