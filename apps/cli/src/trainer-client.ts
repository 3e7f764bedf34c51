import { BadInputError, nearestName, OhmworkError } from "@ohmwork/core";
import { checkPrivate, loadConfig } from "@ohmwork/runtime";
import { z } from "zod";

/** Options of every command that asks a trainer over HTTP. */
export const trainerOptions = {
  at: {
    type: "string",
    default: "http://127.0.0.1:8080",
    valueHint: "url",
    description: "Where the trainer's --http listens",
  },
  "token-file": {
    type: "string",
    default: "ohmwork-state/http-tokens.yaml",
    valueHint: "file",
    description: "The tokens of those who may change things; the trainer makes it at its first start",
  },
  as: { type: "string", valueHint: "name", description: "Whose token of that file to use (default: the first)" },
} as const;

/** Asks a trainer over HTTP. Each call throws what `TrainerUnreachableError` and `BadInputError` say. */
export interface TrainerClient {
  /** @throws BadInputError when the trainer refuses what was asked */
  get<T>(path: string, schema: z.ZodType<T>): Promise<T>;
  /** @throws BadInputError when the trainer refuses, or there is no token */
  post<T>(path: string, body: object, schema: z.ZodType<T>): Promise<T>;
}

/** No trainer answered, or it could not do what it was asked. */
class TrainerUnreachableError extends OhmworkError<{ url: string }> {
  readonly code = "trainer-unreachable";
}

const tokenSchema: z.ZodType<Readonly<Record<string, string>>> = z.record(z.string(), z.string());
const failureSchema = z.object({ error: z.string() });
const answerMilliseconds = 30_000;

export function createTrainerClient(options: { at: string; "token-file": string; as?: string | undefined }): TrainerClient {
  const { at, "token-file": file, as } = options;
  const base = URL.canParse(at) ? new URL(at) : undefined;
  if (base === undefined || !["http:", "https:"].includes(base.protocol) || base.password !== "") {
    throw new BadInputError(`Option --at is ${JSON.stringify(at)}, expected one like http://127.0.0.1:8080`);
  }
  const proof = (): Record<string, string> => ({ authorization: `Bearer ${tokenIn(file, as)}` });
  const ask = async <T>(path: string, schema: z.ZodType<T>, init: RequestInit): Promise<T> => {
    const url = new URL(path, base);
    let response: Response;
    let body: unknown;
    try {
      response = await fetch(url, { ...init, redirect: "error", signal: AbortSignal.timeout(answerMilliseconds) });
      body = await response.json();
    } catch (cause) {
      const { message, cause: deeper } = cause as Error;
      const why =
        deeper instanceof Error
          ? deeper.message === ""
            ? String((deeper as NodeJS.ErrnoException).code)
            : deeper.message
          : message;
      throw new TrainerUnreachableError(`No trainer answered at ${base.origin}: ${why}`, { url: base.origin }, { cause });
    }
    if (response.ok) return schema.parse(body);
    // A trainer with --http-guard wants to know who reads.
    if (response.status === 401 && init.headers === undefined) return ask(path, schema, { headers: proof() });
    const failure = failureSchema.safeParse(body);
    const why = failure.success ? failure.data.error : `HTTP ${response.status}`;
    if (response.status < 500) throw new BadInputError(`The trainer refuses: ${why}`);
    throw new TrainerUnreachableError(`The trainer at ${base.origin} failed: ${why}`, { url: base.origin });
  };
  return {
    get: (path, schema) => ask(path, schema, {}),
    post: (path, body, schema) => {
      const headers = { "content-type": "application/json", ...proof() };
      return ask(path, schema, { method: "POST", headers, body: JSON.stringify(body) });
    },
  };
}

function tokenIn(file: string, as: string | undefined): string {
  const tokens = loadConfig(file, tokenSchema);
  checkPrivate(file);
  const names = Object.keys(tokens);
  const token = tokens[as ?? names[0] ?? ""];
  if (token !== undefined) return token;
  const guess = as === undefined ? undefined : nearestName(as, names);
  throw new BadInputError(`${file}: Has no token for ${as ?? "anybody"}${guess === undefined ? "" : `, did you mean ${guess}?`}`);
}
