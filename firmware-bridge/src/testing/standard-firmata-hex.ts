import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { BadInputError } from "@ohmwork/core";

/** The tarball of this package carries the published program; the package itself does not install, and its bytes are not kept here. */
const PACKAGE = "avrgirl-arduino@5.0.1";
const INSIDE = "package/junk/hex/uno/StandardFirmata.cpp.hex";
const SHA256 = "6d57ea7cf30e26c9c2f3a01ee37907d2c951f8bc9c27f84dddad12fa9c8b8f36";
const cache = join(import.meta.dirname, "../../node_modules/.cache/standard-firmata");

function fetchHex(path: string): void {
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "pack-"));
  try {
    const tarball = execFileSync("npm", ["pack", PACKAGE, "--silent"], {
      cwd: folder,
      stdio: "pipe",
      timeout: 60_000,
    }).toString();
    execFileSync("tar", ["-xzf", tarball.trim(), INSIDE], { cwd: folder, stdio: "pipe" });
    renameSync(join(folder, INSIDE), path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * The published StandardFirmata for an Uno, from the package registry or from a former time; undefined, with a line that says so, where
 * there is no registry. With OHMWORK_REQUIRE_ALL=1 it is taken to be there.
 *
 * @throws BadInputError when it is not the program that was published
 */
export function standardFirmataHex(): string | undefined {
  const path = join(cache, "StandardFirmata.cpp.hex");
  try {
    if (!existsSync(path)) fetchHex(path);
  } catch (error) {
    if (process.env["OHMWORK_REQUIRE_ALL"] === "1") throw error;
    process.stderr.write(`Skipped: tests with StandardFirmata, as ${PACKAGE} cannot be fetched\n`);
    return undefined;
  }
  const bytes = readFileSync(path);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (sha256 !== SHA256) throw new BadInputError(`StandardFirmata has SHA-256 ${sha256}, expected ${SHA256}`, { where: path });
  return bytes.toString("utf8");
}
