import { BadInputError } from "@ohmwork/core";
import { idSchema } from "@ohmwork/wire";
import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { runRequestSchema, runSpecSchema, runStateSchema, type RunWish } from "../runs/run.ts";
import type { Runs } from "../runs/runs.ts";
import { answers } from "./schemas.ts";

const named = z.object({ id: idSchema });
const limit = z.object({ limit: z.coerce.number().int().min(1).max(1000).default(100).describe("the newest so many") });
const milliseconds = z.number().int().describe("[ms since 1970]");
const share = z.number().describe("share of right answers");
const progress: z.ZodType = z.object({
  steps: z.number().int(),
  stepsInAll: z.number().int(),
  loss: z.number().nullable(),
  accuracy: z.number().nullable(),
});
/** As `Run` says. */
const run: z.ZodType = z.object({
  id: z.string(),
  spec: runSpecSchema,
  state: runStateSchema,
  wish: z.string().describe("what a person wants of it"),
  commits: z.number().int().describe("steps of it that are kept, each with all that is needed to go on from there"),
  progress: progress.optional(),
  result: z
    .object({
      deviceAccuracy: share.describe("on rows held back, measured on the devices"),
      testRows: z.number().int(),
      twinAccuracy: share,
      validationAccuracy: share,
      counts: z.record(z.string(), z.number().int()),
      parameters: z
        .array(
          z.object({
            layer: z.number().int(),
            name: z.string(),
            device: z.string(),
            sha256: z.string(),
            parent: z.string().optional(),
          }),
        )
        .describe("the sealed set of each physical layer"),
      madeAt: milliseconds,
    })
    .optional(),
  reason: z.string().optional().describe("why it failed, or what it waits for"),
  worker: z.string().optional(),
  attempts: z.number().int().describe("workers that began it since the last commit"),
  createdAt: milliseconds,
  changedAt: milliseconds,
});
const failing = { 400: answers.failure, 401: answers.failure, 503: answers.failure };

const wishes: Readonly<Record<"pause" | "resume" | "cancel", { readonly wish: RunWish; readonly summary: string }>> = {
  pause: { wish: "pause", summary: "Stop a run where it is committed, until it is resumed" },
  resume: { wish: "go-on", summary: "Go on with a run that is paused or failed, from its last commit" },
  cancel: { wish: "cancel", summary: "End a run for good; what it came to so far stays" },
};

/** Routes by which runs are begun, looked at, paused, resumed and cancelled. */
export function addRunRoutes(routes: FastifyInstance, runs: Runs): void {
  const api = routes.withTypeProvider<ZodTypeProvider>();
  const missing = (id: string): { error: string } => ({ error: `There is no run ${id}` });

  api.post(
    "/v1/runs",
    {
      schema: {
        summary: "Begin a run, or one for each device of a group",
        body: runRequestSchema,
        response: { 201: z.object({ runs: z.array(run).readonly() }), ...failing },
      },
    },
    async ({ body }, reply) => reply.status(201).send({ runs: await runs.start(body) }),
  );
  api.get(
    "/v1/runs",
    {
      schema: {
        summary: "Runs, newest first",
        querystring: limit,
        response: { 200: z.object({ runs: z.array(run).readonly() }), 503: answers.failure },
      },
    },
    async ({ query }) => ({ runs: await runs.list(query.limit) }),
  );
  api.get(
    "/v1/runs/:id",
    {
      schema: {
        summary: "One run, and how it went",
        params: named,
        response: { 200: z.object({ run, steps: z.array(progress).readonly() }), 404: answers.failure, 503: answers.failure },
      },
    },
    async ({ params: { id } }, reply) => {
      const shown = await runs.show(id);
      return shown === undefined ? reply.status(404).send(missing(id)) : reply.send(shown);
    },
  );
  for (const [what, { wish, summary }] of Object.entries(wishes)) {
    api.post(
      `/v1/runs/:id/${what}`,
      {
        schema: {
          summary,
          params: named,
          body: z.strictObject({}),
          response: { 200: z.object({ run }), 404: answers.failure, 409: answers.failure, ...failing },
        },
      },
      async ({ params: { id } }, reply) => {
        try {
          const changed = await runs.wish(id, wish);
          return await (changed === undefined ? reply.status(404).send(missing(id)) : reply.send({ run: changed }));
        } catch (error) {
          if (!(error instanceof BadInputError)) throw error;
          return reply.status(409).send({ error: error.message });
        }
      },
    );
  }
}
