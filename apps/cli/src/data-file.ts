import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";

/** Where a data set is: as it was named, or else below the folder that OHMWORK_DATA names. */
export function dataFile(name: string, dataFolder: string | undefined = process.env["OHMWORK_DATA"]): string {
  if (existsSync(name) || isAbsolute(name) || dataFolder === undefined) return name;
  const below = join(dataFolder, name);
  return existsSync(below) ? below : name;
}
