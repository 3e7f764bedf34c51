import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { RolloutPhase } from "../rollouts/rollout.ts";
import type { RunState } from "../runs/run.ts";
import type { TrainerCounts } from "../trainer.ts";

/** What a trainer's figures are made of. */
export type MetricsSource = {
  readonly counts: () => TrainerCounts;
  readonly isBrokerConnected: () => boolean;
  readonly isStoreFailing: () => boolean;
  readonly devices: () => Promise<readonly { readonly online: boolean }[]>;
  /** Those that are not at their end. */
  readonly rollouts: () => Promise<readonly { readonly phase: RolloutPhase }[]>;
  /** How many there are in each state. @default none */
  readonly runs?: () => Promise<Readonly<Partial<Record<RunState, number>>>>;
};

export interface TrainerMetrics {
  readonly contentType: string;
  /** In the text format of Prometheus. */
  text(): Promise<string>;
  /** A commit took so long [s]. */
  observeCommit(seconds: number): void;
}

/** Figures of one trainer; every name begins with `ohmwork_trainer_`. */
export function createMetrics(source: MetricsSource): TrainerMetrics {
  const registry = new Registry();
  const registers = [registry];
  const named = (name: string, help: string): { name: string; help: string; registers: Registry[] } => {
    return { name: `ohmwork_trainer_${name}`, help, registers };
  };

  // The trainer counts already: each is set to what it says when somebody asks.
  const counter = (name: string, help: string, value: (counts: TrainerCounts) => number): void => {
    void new Counter({
      ...named(name, help),
      collect() {
        this.reset();
        this.inc(value(source.counts()));
      },
    });
  };
  counter("samples_total", "Samples stored", ({ samples }) => samples);
  counter("duplicates_total", "Samples that were there already", ({ duplicates }) => duplicates);
  counter("progress_total", "Reports of progress", ({ progress }) => progress);
  counter("deferred_total", "Samples left to be sent again, because the store was behind", ({ deferred }) => deferred);
  counter("failed_commits_total", "Commits that the store refused", ({ failedCommits }) => failedCommits);
  counter("replays_total", "Requests to send again what is missing", ({ replays }) => replays);
  void new Counter({
    ...named("refused_total", "Messages that could not be read, by reason"),
    labelNames: ["reason"],
    collect() {
      this.reset();
      for (const [reason, count] of Object.entries(source.counts().refused)) this.inc({ reason }, count);
    },
  });

  const gauge = (name: string, help: string, value: () => number): void => {
    void new Gauge({
      ...named(name, help),
      collect() {
        this.set(value());
      },
    });
  };
  gauge("broker_connected", "1 while there is a link to the broker", () => Number(source.isBrokerConnected()));
  gauge("store_failing", "1 while the store cannot be written", () => Number(source.isStoreFailing()));
  void new Gauge({
    ...named("devices", "Devices of the fleet, by state"),
    labelNames: ["state"],
    async collect() {
      this.reset();
      const devices = await source.devices().catch(() => []); // said by store_failing
      this.set({ state: "online" }, devices.filter(({ online }) => online).length);
      this.set({ state: "offline" }, devices.filter(({ online }) => !online).length);
    },
  });
  void new Gauge({
    ...named("rollouts", "Rollouts that are not at their end, by phase; a stopped one waits for a person"),
    labelNames: ["phase"],
    async collect() {
      this.reset();
      const rollouts = await source.rollouts().catch(() => []);
      for (const phase of ["running", "awaiting", "stopped", "returning"] as const) {
        this.set({ phase }, rollouts.filter((rollout) => rollout.phase === phase).length);
      }
    },
  });
  void new Gauge({
    ...named("runs", "Runs, by state; a queued one may wait for its devices"),
    labelNames: ["state"],
    async collect() {
      this.reset();
      const runs = (await source.runs?.().catch(() => undefined)) ?? {};
      for (const state of ["queued", "running", "paused", "failed", "done", "cancelled"] as const)
        this.set({ state }, runs[state] ?? 0);
    },
  });
  const commits = new Histogram({
    ...named("commit_seconds", "Time of a commit"),
    buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
  });

  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    observeCommit: (seconds) => commits.observe(seconds),
  };
}
