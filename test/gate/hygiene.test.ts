import { describe, expect, it } from "vitest";
import { lockfileComplaints, machinePlace } from "./hygiene.ts";

// Put together here, or the check would find them in this file.
const home = (user: string): string => ["", "home", user, "x.ts"].join("/");

describe("machinePlace()", () => {
  it("finds home folders of every platform, and the places it is given", () => {
    expect(machinePlace(`import "${home("someone")}"`)).toBe(home("someone").replace("x.ts", ""));
    expect(machinePlace(["see ", "Users", "someone", "x"].join("/"))).toContain("someone");
    expect(machinePlace(["C:", "Users", "someone", "x"].join("\\"))).toContain("someone");
    expect(machinePlace("at /srv/build/ohmwork/x.ts:3", ["/srv/build/ohmwork"])).toBe("/srv/build/ohmwork/");
  });

  it("leaves alone what is the same everywhere", () => {
    for (const text of [
      home("pi"),
      "ohmwork/v1/home/d1/status",
      "https://example.org/home/someone/",
      "/usr/bin/node",
      "./home/a/b",
    ]) {
      expect(machinePlace(text, ["/srv/build"])).toBeUndefined();
    }
  });
});

describe("lockfileComplaints()", () => {
  it("names the line that ties the lockfile to a registry", () => {
    const lockfile = "packages:\n  a@1.0.0:\n    resolution: {integrity: sha512-x, tarball: https://registry.example/a.tgz}\n";
    expect(lockfileComplaints(lockfile)).toEqual([expect.stringContaining("pnpm-lock.yaml:3 ")]);
  });

  it("accepts integrity alone, and an address in a deprecation notice", () => {
    const lockfile = "packages:\n  a@1.0.0:\n    resolution: {integrity: sha512-x}\n    deprecated: see https://example.org\n";
    expect(lockfileComplaints(lockfile)).toEqual([]);
  });
});
