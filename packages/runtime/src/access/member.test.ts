import { describe, expect, it } from "vitest";
import { createPassword, hashPassword, isPassword, userOf } from "./member.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("passwords", () => {
  it("are hashed as mosquitto_passwd does", async () => {
    // By mosquitto_passwd 2.0.11, of "b".
    const hashed =
      "$7$101$Oo8v0B5QRP4eH5ub$TgWY0+wnr5O32XJYJ/4RW2gAPAUv96Wdc+S/StbhhgJywWoEFZoalvBy5IAIPeBq5XCaoXMto/dVGGtY9FbnwA==";
    expect(await isPassword(bytes("b"), hashed)).toBe(true);
    expect(await isPassword(bytes("c"), hashed)).toBe(false);
  });
  it("are each another one, and fit their own hash only", async () => {
    const [one, other] = [createPassword(), createPassword()];
    expect(one).toMatch(/^[\w-]{43}$/);
    expect(one).not.toBe(other);
    const hashed = await hashPassword(one);
    expect(hashed).not.toBe(await hashPassword(one));
    expect([await isPassword(bytes(one), hashed), await isPassword(bytes(other), hashed)]).toEqual([true, false]);
  });
  it("fit nothing that is no hash", async () => {
    for (const broken of ["", "b", "$7$101$Oo8v0B5QRP4eH5ub$", "$6$a$b", "$7$101$Oo8v0B5QRP4eH5ub$TgWY"]) {
      expect(await isPassword(bytes("b"), broken)).toBe(false);
    }
  });
});

describe("userOf()", () => {
  it("keeps devices, trainers and people of the same id apart", () => {
    const users = [
      userOf({ who: { role: "agent", fleet: "home", device: "a" }, id: "a" }),
      userOf({ who: { role: "trainer", fleet: "home", trainer: "a" }, id: "a" }),
      userOf({ who: { role: "person", fleet: "home" }, id: "a" }),
    ];
    expect(users).toEqual(["device.a", "trainer.a", "person.a"]);
  });
});
