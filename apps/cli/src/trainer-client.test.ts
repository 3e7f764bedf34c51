import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BadInputError } from "@ohmwork/core";
import { expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { createTrainerClient, type TrainerClient } from "./trainer-client.ts";

const token = "t".repeat(32);

/** A client of a server that answers as it is told, and the authorizations that came there. */
async function fixture(
  isLetIn: (authorization: string | undefined) => boolean,
  options: { as?: string } = {},
): Promise<{ client: TrainerClient; seen: (string | undefined)[] }> {
  const seen: (string | undefined)[] = [];
  const server = createServer(({ headers }: IncomingMessage, response) => {
    seen.push(headers.authorization);
    const isIn = isLetIn(headers.authorization);
    response.writeHead(isIn ? 200 : 401, { "content-type": "application/json" });
    response.end(JSON.stringify(isIn ? { fine: true } : { error: "Expected a token" }));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const folder = mkdtempSync(join(tmpdir(), "ohmwork-client-"));
  onTestFinished(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });
  const file = join(folder, "tokens.yaml");
  writeFileSync(file, `ada: ${token}\n`, { mode: 0o600 });
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { client: createTrainerClient({ at, "token-file": file, ...options }), seen };
}

const schema = z.object({ fine: z.boolean() });

it("shows no token where reading takes none", async () => {
  const { client, seen } = await fixture(() => true);
  expect(await client.get("/v1/runs", schema)).toEqual({ fine: true });
  expect(seen).toEqual([undefined]);
});

it("shows its token where a trainer wants one for reading, once", async () => {
  const { client, seen } = await fixture((given) => given === `Bearer ${token}`);
  expect(await client.get("/v1/runs", schema)).toEqual({ fine: true });
  expect(seen).toEqual([undefined, `Bearer ${token}`]);
  const refused = await fixture(() => false);
  await expect(refused.client.get("/v1/runs", schema)).rejects.toThrow(
    new BadInputError("The trainer refuses: Expected a token"),
  );
  expect(refused.seen).toHaveLength(2);
});

it("always shows a token where something is changed, and names who has none", async () => {
  const { client, seen } = await fixture(() => true);
  await client.post("/v1/runs", {}, schema);
  expect(seen).toEqual([`Bearer ${token}`]);
  const { client: other } = await fixture(() => true, { as: "adda" });
  await expect(async () => other.post("/v1/runs", {}, schema)).rejects.toThrow(/Has no token for adda, did you mean ada\?$/);
});
