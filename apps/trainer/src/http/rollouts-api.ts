import { BadInputError } from "@ohmwork/core";
import { idSchema, openParameterSet } from "@ohmwork/wire";
import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { commandRollout, type RolloutCommand, rolloutCommands } from "../rollouts/command-rollout.ts";
import { requestSchema } from "../rollouts/plan-schema.ts";
import type { Rollout } from "../rollouts/rollout.ts";
import { startRollout } from "../rollouts/start-rollout.ts";
import type { TrainerStore } from "../store/store.ts";
import type { HttpGuard } from "./http-guard.ts";
import { answers, rolloutAnswers } from "./schemas.ts";

export type RolloutsApiOptions = {
  readonly fleet: string;
  readonly store: TrainerStore;
  readonly guard: HttpGuard;
  /** Wall-clock time [ms since 1970]. */
  readonly now: () => number;
  /** Called after a person has said something about a rollout. */
  readonly onRollout: () => void;
};

const named = z.object({ id: idSchema });
const failing = { 400: answers.failure, 401: answers.failure, 409: answers.failure, 503: answers.failure };
const why = z.exactOptional(z.string().max(1000));
type Words = z.ZodType<{ readonly why?: string; readonly retry?: boolean }>;
const words: Words = z.strictObject({ why });
const resuming: Words = z.strictObject({
  why,
  retry: z.boolean().default(false).describe("whether those that failed are sent it again"),
});
/** A sealed set, in base64. */
const longestSet = 200_000;
/** Of a request for as many devices as a rollout may have. */
const longestRequestBytes = 4 * 1024 * 1024;

/** Routes by which parameter sets are kept, and rollouts begun, looked at and told how to go on. */
export function addRolloutRoutes(routes: FastifyInstance, options: RolloutsApiOptions): void {
  const { fleet, store, guard, now, onRollout } = options;
  const api = routes.withTypeProvider<ZodTypeProvider>();
  const at = (): number => Math.floor(now());

  api.post(
    "/v1/parameters",
    {
      schema: {
        summary: "Keep a sealed parameter set",
        body: z.strictObject({ bytes: z.base64().max(longestSet).describe("deterministic CBOR") }),
        response: { 201: z.object({ id: z.string().describe("sha256 of its bytes") }), ...failing },
      },
    },
    async ({ body }, reply) => {
      const bytes = new Uint8Array(Buffer.from(body.bytes, "base64"));
      const opened = await openParameterSet(bytes);
      if (!opened.ok) throw new BadInputError(`That is no parameter set: ${opened.detail}`);
      const { id } = opened.value;
      await store.keepParameterSet(fleet, { id, bytes, receivedAt: at() });
      return reply.status(201).send({ id });
    },
  );
  api.get(
    "/v1/rollouts",
    { schema: { summary: "Rollouts, newest first", response: { 200: rolloutAnswers.list, 503: answers.failure } } },
    async () => ({ rollouts: await store.rollouts.list(fleet) }),
  );
  api.get(
    "/v1/rollouts/:id",
    {
      schema: {
        summary: "One rollout, with each of its devices",
        params: named,
        response: { 200: rolloutAnswers.one, 404: answers.failure, 503: answers.failure },
      },
    },
    async ({ params: { id } }, reply) => {
      const rollout = await store.rollouts.read(fleet, id);
      return rollout === undefined ? reply.status(404).send(missing(id)) : reply.send(rollout);
    },
  );
  api.post(
    "/v1/rollouts",
    {
      bodyLimit: longestRequestBytes,
      schema: { summary: "Begin a rollout", body: requestSchema, response: { 201: rolloutAnswers.one, ...failing } },
    },
    async (request, reply) => {
      const rollout = await startRollout(store, fleet, request.body, { at: at(), by: guard.callerOf(request) });
      onRollout();
      return reply.status(201).send(rollout);
    },
  );

  const say = async (id: string, command: RolloutCommand): Promise<Rollout | undefined> => {
    const rollout = await store.rollouts.change(fleet, id, (before) => commandRollout(before, command));
    onRollout();
    return rollout;
  };
  for (const what of rolloutCommands) {
    api.post(
      `/v1/rollouts/:id/${what}`,
      {
        schema: {
          summary: summaries[what],
          params: named,
          body: what === "resume" ? resuming : words,
          response: { 200: rolloutAnswers.one, 404: answers.failure, ...failing },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const command: RolloutCommand = { ...request.body, what, by: guard.callerOf(request), at: at() };
        try {
          const rollout = await say(id, command);
          return await (rollout === undefined ? reply.status(404).send(missing(id)) : reply.send(rollout));
        } catch (error) {
          if (!(error instanceof BadInputError)) throw error;
          return reply.status(409).send({ error: error.message });
        }
      },
    );
  }
}

const summaries: Readonly<Record<RolloutCommand["what"], string>> = {
  approve: "Open the next wave of a rollout that waits for it",
  stop: "Stop a rollout, and take back what was not answered",
  resume: "Go on with a rollout that was stopped",
  rollback: "Give back what they had before to all that took their set",
};
const missing = (id: string): { error: string } => ({ error: `There is no rollout ${id}` });
