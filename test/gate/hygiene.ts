import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { missing, noneOf, type Outcome } from "./step.ts";
import { root } from "./tool.ts";

/** Nothing that is kept may depend on one machine: no place of it in a file, no address of its registry in the lockfile. */
export async function checkHygiene(): Promise<Outcome> {
  const wrong = lockfileComplaints(readFileSync(join(root, "pnpm-lock.yaml"), "utf8"));
  const files = trackedFiles();
  if (files === undefined) return wrong.length > 0 ? noneOf(wrong) : missing("git, or a git checkout to look through,");
  for (const file of files) {
    const path = join(root, file);
    if (!existsSync(path) || !statSync(path).isFile()) continue; // deleted and not yet committed
    const place = machinePlace(readFileSync(path, "latin1"));
    if (place !== undefined) wrong.push(`${file} names a place of one machine: ${place}`);
  }
  return noneOf(wrong);
}

/** Lines of a lockfile that tie it to one registry. */
export function lockfileComplaints(lockfile: string): string[] {
  return lockfile
    .split("\n")
    .flatMap((line, i) =>
      /\btarball:|\bregistry:|^\s*resolution:.*https?:/.test(line)
        ? [`pnpm-lock.yaml:${i + 1} names a registry: ${line.trim()}`]
        : [],
    );
}

/** The first absolute path in a text that exists on one person's machine only; a Raspberry Pi's own user is everybody's. */
export function machinePlace(text: string, places: readonly string[] = [root, homedir()]): string | undefined {
  const own = places.filter((place) => place.length > 1).map((place) => place.replaceAll(/\W/g, "\\$&"));
  const personal = ["/home/(?!pi/)\\w+", "/Users/\\w+", "[A-Z]:\\\\Users\\\\\\w+"];
  return new RegExp(`(?<![\\w./-])(?:${[...own, ...personal].join("|")})[/\\\\]`).exec(text)?.[0];
}

function trackedFiles(): string[] | undefined {
  try {
    const stdout = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return stdout.split("\0").filter(Boolean);
  } catch {
    return undefined;
  }
}
