const { process } = globalThis as { process?: { env: Readonly<Record<string, string | undefined>> } };

/** The part of a vitest test context that skips a test and says why. */
export type SkippingContext = { readonly skip: (condition: boolean, note?: string) => void };

/**
 * Path of a data set that is not part of the project, below the folder that `OHMWORK_DATA` names. Where it names none the test is
 * skipped and says so; that counts as a failure with `OHMWORK_REQUIRE_ALL=1`.
 *
 * @param name path below the folder, with slashes: `mnist/train-labels-idx1-ubyte.gz`
 * @throws RangeError when there is no folder and everything is required
 */
export function dataPath(context: SkippingContext, name: string): string {
  const folder = process?.env["OHMWORK_DATA"];
  if (folder === undefined && process?.env["OHMWORK_REQUIRE_ALL"] === "1") {
    throw new RangeError("OHMWORK_DATA names no folder with data sets, and OHMWORK_REQUIRE_ALL asks for them");
  }
  context.skip(folder === undefined, "OHMWORK_DATA names no folder with data sets");
  return `${folder}/${name}`;
}
