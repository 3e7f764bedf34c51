import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Ports } from "@ohmwork/core";
import { hashOfPorts, openParameterSet, sealParameterSet } from "@ohmwork/wire";
import { describe, expect, it, onTestFinished } from "vitest";
import { readSetFile } from "./read-set-file.ts";

const ports: Ports = {
  inputs: [],
  parameters: [{ name: "weights", unit: "1", size: 2, min: -1, max: 1 }],
  outputs: [],
};

function keep(content: string | Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), "ohmwork-set-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "set");
  writeFileSync(file, content);
  return file;
}

describe("readSetFile()", () => {
  it("makes of values a set that follows on what a device has", async () => {
    const current = "c".repeat(64);
    for (const text of ["[0.5, -1]", '\n{"values": [0.5, -1]}']) {
      const { sealed, sealFor } = await readSetFile(keep(text));
      expect(sealed).toBeUndefined();
      const { id, bytes } = await sealFor({ ports, current });
      const values = Float32Array.of(0.5, -1);
      const set = { values, parent: current, ports: await hashOfPorts(ports), origin: "update", classes: [] };
      expect(await openParameterSet(bytes)).toMatchObject({ ok: true, value: { id, set } });
    }
    const { sealFor } = await readSetFile(keep('{"values": [0, 0], "classes": ["knock", "speech"], "encoding": "other"}'));
    const opened = await openParameterSet((await sealFor({ ports })).bytes);
    expect(opened).toMatchObject({ value: { set: { classes: ["knock", "speech"], encoding: "other" } } });
    expect(opened.ok && "parent" in opened.value.set).toBe(false);
  });

  it("gives a sealed set as it is, to whomever it is for", async () => {
    const common = { encoding: "volts", classes: [], ports: "a".repeat(64), twins: {}, origin: "update", madeAt: 1 } as const;
    const set = await sealParameterSet({ ...common, values: Float32Array.of(1) });
    const read = await readSetFile(keep(set.bytes));
    expect(read.sealed).toMatchObject({ id: set.id, set: { values: Float32Array.of(1) } });
    expect((await read.sealFor({ ports })).id).toBe(set.id);
  });

  it("refuses in one line what is neither, and what does not fit a device", async () => {
    await expect(readSetFile(keep("hello"))).rejects.toThrow(/set: Neither JSON nor a sealed set: /);
    await expect(readSetFile(keep(""))).rejects.toThrow(/Neither JSON nor a sealed set/);
    await expect(readSetFile(keep("[1,"))).rejects.toThrow(/set: Not JSON: /);
    for (const text of ['["1"]', '{"value": [1]}', '{"values": [1], "extra": 1}', "[1e999]"]) {
      await expect(readSetFile(keep(text))).rejects.toThrow(/set: Expected numbers, or/);
    }
    const { sealFor } = await readSetFile(keep("[1]"));
    await expect(sealFor({ ports })).rejects.toThrow(/1 values for a device that has 2/);
  });
});
