import { describe, expect, it, onTestFinished } from "vitest";
import { openRunsBench, type RunsBench, shortRun } from "../testing/runs-bench.ts";
import { createApi } from "./api.ts";
import { createEventStream } from "./event-stream.ts";
import { createMetrics } from "./metrics.ts";

type Asked = (path: string, body?: object) => Promise<{ status: number; body: unknown }>;

async function fixture(): Promise<{ bench: RunsBench; ask: Asked }> {
  const bench = await openRunsBench();
  const health = { isBrokerConnected: () => true, isStoreFailing: () => false };
  const none = { samples: 0, duplicates: 0, failedCommits: 0, replays: 0, progress: 0, deferred: 0, refused: {} };
  const metrics = createMetrics({ ...health, counts: () => none, devices: async () => [], rollouts: async () => [] });
  const tokens = { nameOf: (token: string) => (token === "secret" ? "ann" : undefined) };
  const { runs, store } = bench;
  const api = createApi({ ...health, fleet: "home", store, metrics, events: createEventStream(), tokens, runs, now: () => 5 });
  onTestFinished(async () => {
    await api.close();
    await bench[Symbol.asyncDispose]();
  });
  const url = await api.listen({ port: 0 });
  const headers = { "content-type": "application/json", authorization: "Bearer secret" };
  return {
    bench,
    ask: async (path, body) => {
      const response = await fetch(url + path, body && { method: "POST", headers, body: JSON.stringify(body) });
      return { status: response.status, body: await response.json() };
    },
  };
}

describe("the runs of the HTTP API", () => {
  it("are begun, shown, paused, resumed and cancelled", async () => {
    const { ask } = await fixture();
    const begun = await ask("/v1/runs", shortRun);
    expect(begun).toMatchObject({ status: 201, body: { runs: [{ state: "queued", spec: shortRun }] } });
    const { id } = (begun.body as { runs: [{ id: string }] }).runs[0];
    expect(await ask("/v1/runs")).toEqual({ status: 200, body: begun.body });
    expect(await ask(`/v1/runs/${id}`)).toMatchObject({ status: 200, body: { run: { id }, steps: [] } });
    expect(await ask(`/v1/runs/${id}/pause`, {})).toMatchObject({ status: 200, body: { run: { state: "paused" } } });
    expect(await ask(`/v1/runs/${id}/resume`, {})).toMatchObject({ status: 200, body: { run: { state: "queued" } } });
    expect(await ask(`/v1/runs/${id}/cancel`, {})).toMatchObject({ status: 200, body: { run: { state: "cancelled" } } });
    expect(await ask(`/v1/runs/${id}/resume`, {})).toEqual({ status: 409, body: { error: `Run ${id} is cancelled` } });
  });

  it("are refused in one line where there are none, or they cannot be", async () => {
    const { ask } = await fixture();
    expect(await ask("/v1/runs/nobody")).toEqual({ status: 404, body: { error: "There is no run nobody" } });
    expect(await ask("/v1/runs/nobody/pause", {})).toEqual({ status: 404, body: { error: "There is no run nobody" } });
    expect(await ask("/v1/runs", { ...shortRun, system: "shq" })).toEqual({
      status: 400,
      body: { error: 'Unknown system "shq", did you mean "shg"?' },
    });
    expect(await ask("/v1/runs", { ...shortRun, group: "lab" })).toMatchObject({ status: 400 });
    expect(await ask("/v1/runs", { ...shortRun, devices: {} })).toMatchObject({ status: 400 });
  });
});
