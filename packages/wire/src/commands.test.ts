import { describe, expect, it } from "vitest";
import { argumentsOf, isCommandName } from "./commands.ts";
import type { Command } from "./messages/steering.ts";

const command = (args: Command["arguments"]): Command => ({ request: "c-1", by: "t1", arguments: args, expires: 0 });

describe("argumentsOf()", () => {
  it("gives what a command is to do, without what is not known", () => {
    expect(argumentsOf("replay", command({ boot: "b1", from: 3, gently: true }))).toEqual({
      ok: true,
      value: { boot: "b1", from: 3 },
    });
    expect(argumentsOf("release", command({ run: "run-7" }))).toEqual({ ok: true, value: { run: "run-7" } });
    expect(argumentsOf("learn-this", command({ label: "ae" }))).toEqual({ ok: true, value: { label: "ae" } });
    expect(argumentsOf("evidence", command({}))).toEqual({ ok: true, value: {} });
    expect(argumentsOf("evidence", command({ id: "B" }))).toMatchObject({ ok: false, reason: "invalid" });
  });
  it.each([{}, { boot: "b1" }, { boot: "B", from: 1 }, { boot: "b1", from: 0 }, { boot: "b1", from: "1" }])(
    "refuses %j",
    (args) => {
      expect(argumentsOf("replay", command(args as Command["arguments"]))).toMatchObject({ ok: false, reason: "invalid" });
    },
  );
});

describe("isCommandName()", () => {
  it.each(["", "learn-all", "toString", "__proto__"])("does not know %j", (name) => {
    expect(isCommandName(name)).toBe(false);
  });
});
