import swagger from "@fastify/swagger";
import { BadInputError, OhmworkError } from "@ohmwork/core";
import { openParameterSet } from "@ohmwork/wire";
import fastify from "fastify";
import { jsonSchemaTransform, serializerCompiler, validatorCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { createRuns, type Runs } from "../runs/runs.ts";
import type { StoredParameterSet, StoredSample, TrainerStore } from "../store/store.ts";
import type { EventStream } from "./event-stream.ts";
import { createHttpGuard } from "./http-guard.ts";
import type { HttpTokens } from "./http-tokens.ts";
import type { TrainerMetrics } from "./metrics.ts";
import { addRolloutRoutes } from "./rollouts-api.ts";
import { addRunRoutes } from "./runs-api.ts";
import { answers, parameterId, queries } from "./schemas.ts";

export type ApiOptions = {
  readonly fleet: string;
  readonly store: TrainerStore;
  readonly metrics: TrainerMetrics;
  readonly events: EventStream;
  readonly isBrokerConnected: () => boolean;
  readonly isStoreFailing: () => boolean;
  /** Who may change things. @default nobody */
  readonly tokens?: HttpTokens;
  /** Whether reading takes a token on loopback too; elsewhere it always does. @default false */
  readonly guardReading?: boolean;
  /** Names by which the trainer may be called, besides `localhost` and addresses. @default none */
  readonly hosts?: readonly string[];
  /** Wall-clock time [ms since 1970]. */
  readonly now: () => number;
  /** @default runs wait until a worker looks for those that are in no queue */
  readonly runs?: Runs;
  /** Called after a person has said something about a rollout. @default nobody is */
  readonly onRollout?: () => void;
};

/** What a trainer shows over HTTP, and lets those change who have a token. */
export interface TrainerApi extends AsyncDisposable {
  /** @returns its address; port 0 takes a free one */
  listen(address: { readonly port: number; readonly host?: string }): Promise<string>;
  /** The OpenAPI document of what there is. */
  document(): Promise<object>;
  close(): Promise<void>;
}

/** JSON has no NaN. */
const plain = (values: Float32Array): (number | null)[] => Array.from(values, (value) => (Number.isFinite(value) ? value : null));

export function createApi(options: ApiOptions): TrainerApi {
  const { fleet, store, metrics, events, isBrokerConnected, isStoreFailing, onRollout = () => undefined } = options;
  const { now, runs = createRuns({ fleet, store, now }) } = options;
  const app = fastify({ forceCloseConnections: true }).withTypeProvider<ZodTypeProvider>();
  let isReadingGuarded = true;
  const guard = createHttpGuard({ ...options, isReadingGuarded: () => isReadingGuarded });
  app.addHook("onRequest", (request, reply) => guard.check(request, reply));
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler((error, _, reply) => {
    const failure = error as Error & { statusCode?: number };
    const ours = failure instanceof BadInputError ? 400 : failure instanceof OhmworkError ? 503 : undefined;
    const status = ours ?? failure.statusCode ?? 500;
    return reply.status(status).send({ error: status === 500 ? "Something is wrong in the trainer" : failure.message });
  });
  app.setNotFoundHandler((request, reply) =>
    reply.status(404).send({ error: `There is nothing at ${request.url.split("?")[0]}` }),
  );
  void app.register(swagger, {
    openapi: { openapi: "3.1.0", info: { title: "Ohmwork trainer", version: "1" } },
    transform: jsonSchemaTransform,
  });

  void app.register(async (routes) => {
    const api = routes.withTypeProvider<ZodTypeProvider>();
    const failing = { 503: answers.failure };

    api.get(
      "/livez",
      { schema: { summary: "The process answers", response: { 200: z.object({ live: z.literal(true) }) } } },
      () => ({ live: true as const }),
    );
    api.get(
      "/readyz",
      { schema: { summary: "Broker and store can be reached", response: { 200: answers.ready, 503: answers.ready } } },
      async (_, reply) => {
        const readable = await store.gaps(fleet).then(
          () => true,
          () => false,
        );
        const state = { broker: isBrokerConnected(), store: readable && !isStoreFailing() };
        const ready = state.broker && state.store;
        return reply.status(ready ? 200 : 503).send({ ready, ...state });
      },
    );
    api.get("/metrics", { schema: { summary: "Figures in the text format of Prometheus" } }, async (_, reply) => {
      return reply.type(metrics.contentType).send(await metrics.text());
    });
    api.get("/openapi.json", { schema: { summary: "This document" } }, () => app.swagger());
    api.get(
      "/v1/devices",
      { schema: { summary: "Devices of the fleet", response: { 200: answers.devices, ...failing } } },
      async () => {
        return { devices: await store.devices(fleet) };
      },
    );
    api.get(
      "/v1/samples",
      {
        schema: {
          summary: "Samples, page by page",
          querystring: queries.samples,
          response: { 200: answers.samples, ...failing },
        },
      },
      async ({ query: { after, device, boot, task, limit } }) => {
        const [afterDevice = "", afterBoot = "", afterSeq] = after?.split("/") ?? [];
        const found = await store.samples(fleet, {
          limit,
          ...(device !== undefined && { device }),
          ...(boot !== undefined && { boot }),
          ...(task !== undefined && { task }),
          ...(after !== undefined && { after: { device: afterDevice, boot: afterBoot, seq: Number(afterSeq) } }),
        });
        const last = found.length === limit ? found.at(-1) : undefined;
        const next = last === undefined ? undefined : `${last.device}/${last.sample.boot}/${last.sample.seq}`;
        return { samples: found.map(shownSample), ...(next !== undefined && { next }) };
      },
    );
    api.get(
      "/v1/labels",
      {
        schema: {
          summary: "What was said of a sample later",
          querystring: queries.labels,
          response: { 200: answers.labels, ...failing },
        },
      },
      async ({ query: { sample } }) => ({ labels: await store.labels(fleet, sample) }),
    );
    api.get(
      "/v1/parameters",
      {
        schema: {
          summary: "Parameter sets, newest first",
          querystring: queries.parameters,
          response: { 200: answers.parameters, ...failing },
        },
      },
      async ({ query: { device, limit } }) => {
        const found = await store.parameterSets(fleet, { limit, ...(device !== undefined && { device }) });
        return { parameters: await Promise.all(found.map(shownParameterSet)) };
      },
    );
    api.get(
      "/v1/parameters/:id",
      {
        schema: {
          summary: "One parameter set",
          params: parameterId,
          response: { 200: answers.parameter, 404: answers.failure, ...failing },
        },
      },
      async ({ params: { id } }, reply) => {
        const found = await store.parameterSet(fleet, id);
        if (found === undefined) return reply.status(404).send({ error: `There is no parameter set ${id}` });
        return reply.send(await shownParameterSet(found));
      },
    );
    const listening = {
      schema: { summary: "Server-sent events: progress, status, samples, run, rollout" },
      exposeHeadRoute: false,
    };
    api.get("/v1/events", listening, (_, reply) => {
      return reply.type("text/event-stream").header("cache-control", "no-store").send(events.subscribe());
    });
  });

  void app.register(async (routes) => addRolloutRoutes(routes, { ...options, guard, onRollout }));
  void app.register(async (routes) => addRunRoutes(routes, runs));

  const close = async (): Promise<void> => {
    events.close();
    await app.close();
  };
  return {
    listen: ({ port, host = "127.0.0.1" }) => {
      isReadingGuarded = options.guardReading === true || !["127.0.0.1", "::1", "localhost"].includes(host);
      return app.listen({ port, host });
    },
    document: async () => {
      await app.ready();
      return app.swagger();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function shownSample({ device, receivedAt, sample }: StoredSample): object {
  const { inputs, measured, label, ...rest } = sample;
  const rows = Object.fromEntries(Object.entries(measured).map(([stage, values]) => [stage, plain(values)]));
  return {
    device,
    receivedAt,
    ...rest,
    inputs: plain(inputs),
    measured: rows,
    ...(label !== undefined && { label: plain(label) }),
  };
}

async function shownParameterSet({ bytes, ...rest }: StoredParameterSet): Promise<object> {
  const opened = await openParameterSet(bytes);
  const shown = { ...rest, bytes: Buffer.from(bytes).toString("base64") };
  if (!opened.ok) return shown;
  const { values, parent, origin, madeAt } = opened.value.set;
  return { ...shown, values: plain(values), origin, madeAt, ...(parent !== undefined && { parent }) };
}
