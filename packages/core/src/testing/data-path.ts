const { process } = globalThis as { process?: { env: Readonly<Record<string, string | undefined>> } };

/** The part of a vitest test context that skips a test and says why. */
export type SkippingContext = {
  readonly skip: (condition: boolean, note?: string) => void;
  readonly task: { readonly meta: object };
};

/**
 * Path of a data set that is not part of the project, below the folder that `OHMWORK_DATA` names. Where it names none the test is
 * skipped and says so. `OHMWORK_REQUIRE_ALL=1` lets that pass, alone of all skips: tools can be installed, these data cannot.
 *
 * @param name path below the folder, with slashes: `mnist/train-labels-idx1-ubyte.gz`
 */
export function dataPath(context: SkippingContext, name: string): string {
  const folder = process?.env["OHMWORK_DATA"];
  if (folder === undefined) Object.assign(context.task.meta, { needsData: name });
  context.skip(folder === undefined, "OHMWORK_DATA names no folder with data sets");
  return `${folder}/${name}`;
}
