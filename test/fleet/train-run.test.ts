import type { ChildProcess } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runAgent } from "@ohmwork/agent";
import { isDeep } from "@ohmwork/core/testing";
import { loadSigningKey, startEmbeddedBroker } from "@ohmwork/runtime";
import { createShg, realisticShgGap } from "@ohmwork/systems";
import { createHttpTokens, loadHttpTokens, openStore, runTrainer } from "@ohmwork/trainer";
import { openParameterSet } from "@ohmwork/wire";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { finished, runOhmwork, startOhmwork } from "../cli/run-ohmwork.ts";

type ShownRun = {
  readonly id: string;
  readonly state: string;
  readonly commits: number;
  readonly worker?: string;
  readonly result?: { readonly deviceAccuracy: number; readonly parameters: readonly { readonly sha256: string }[] };
};

const patience = { timeout: 120_000, interval: 200 };

describe("a run, from the command line to the wipers", () => {
  it(
    "goes on with another trainer when its own ends, to the same bits as one that nobody disturbed",
    { timeout: 400_000 },
    async () => {
      const cwd = mkdtempSync(join(tmpdir(), "ohmwork-train-run-"));
      const broker = await startEmbeddedBroker({ port: 0 });
      const keyFile = join(cwd, "key.pem");
      const pem = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" });
      writeFileSync(keyFile, pem, { mode: 0o600 });
      const { publicKey } = await loadSigningKey(keyFile);
      const stop = new AbortController();
      const tokenFile = join(cwd, "tokens.yaml");
      const file = join(cwd, "trainer.sqlite");
      const listening = Promise.withResolvers<string>();
      const http = { port: 0, tokens: createHttpTokens(loadHttpTokens(tokenFile)) };
      const desk = runTrainer(
        { fleet: "home", broker: broker.url, file, id: "desk", http, onApi: listening.resolve },
        stop.signal,
      );
      const url = await Promise.race([listening.promise, desk.then(() => "")]);
      const state = join(cwd, "crystal-1");
      mkdirSync(state);
      const crystal = createShg({ seed: 3, gap: { ...realisticShgGap, drift: 0 } });
      const device = { fleet: "home", id: "crystal-1", system: crystal, systemName: "shg" };
      const agent = runAgent({ device, broker: broker.url, state, updateKeys: [publicKey] }, stop.signal);
      onTestFinished(async () => {
        stop.abort();
        await Promise.all([desk, agent]);
        await broker.close();
        rmSync(cwd, { recursive: true });
      });

      const run = async (...args: string[]): Promise<ShownRun> => {
        const { code, out, err } = await runOhmwork(["run", ...args, "--at", url, "--token-file", tokenFile, "--json"], { cwd });
        expect(code, err).toBe(0);
        const said = JSON.parse(out) as { run?: ShownRun; runs?: readonly ShownRun[] };
        return said.run ?? (said.runs?.[0] as ShownRun);
      };
      const shown = async (id: string): Promise<ShownRun> =>
        ((await (await fetch(`${url}/v1/runs/${id}`)).json()) as { run: ShownRun }).run;
      const begin = (): Promise<ShownRun> => {
        const what = [
          "--system",
          "shg",
          "--devices",
          "crystal=crystal-1",
          "--rows",
          "128",
          "--epochs",
          "12",
          "--commit-every",
          "1",
        ];
        return run("start", "digits", ...what);
      };
      const startWorker = (id: string): ChildProcess => {
        const where = ["--fleet", "home", "--broker", broker.url, "--state", cwd, "--id", id, "--signing-key", keyFile];
        const child = startOhmwork(["trainer", ...where], { cwd });
        onTestFinished(async () => {
          if (child.exitCode === null && child.signalCode === null) {
            const ended = finished(child);
            child.kill("SIGINT");
            await ended;
          }
        });
        return child;
      };

      const workers = new Map(["t1", "t2"].map((id) => [id, startWorker(id)]));
      const disturbed = await begin();
      expect(disturbed.state).toMatch(/queued|running/);
      await vi.waitFor(async () => expect((await shown(disturbed.id)).commits).toBeGreaterThan(1), patience);
      const first = workers.get((await shown(disturbed.id)).worker ?? "") as ChildProcess;
      const ended = finished(first);
      // One that vanishes is missed only when its claim ends, half a minute later.
      first.kill(isDeep ? "SIGKILL" : "SIGINT");
      await ended;
      expect((await shown(disturbed.id)).commits).toBeLessThan(16);
      await vi.waitFor(async () => expect((await shown(disturbed.id)).state).toBe("done"), patience);
      const undisturbed = await begin();
      await vi.waitFor(async () => expect((await shown(undisturbed.id)).state).toBe("done"), patience);

      const results = [await run("show", disturbed.id), await shown(undisturbed.id)].map(({ result }) => result);
      await using store = await openStore(file);
      const values: unknown[] = [];
      for (const result of results) {
        const sets = result?.parameters.map(({ sha256 }) => store.parameterSet("home", sha256)) ?? [];
        const opened = await Promise.all(
          (await Promise.all(sets)).map((set) => openParameterSet(set?.bytes ?? new Uint8Array(0))),
        );
        values.push(opened.map((set) => set.ok && [...set.value.set.values]));
      }
      expect(values[0]).toEqual(values[1]);
      expect(results[0]?.deviceAccuracy).toBe(results[1]?.deviceAccuracy);
      expect(results[0]?.deviceAccuracy).toBeGreaterThan(0.12);
      // Nothing of it is left on the device but what was committed there.
      await vi.waitFor(async () => {
        const { devices } = (await (await fetch(`${url}/v1/devices`)).json()) as { devices: [{ reported?: { lease?: object } }] };
        expect(devices[0].reported?.lease).toBeUndefined();
      }, patience);
    },
  );
});
