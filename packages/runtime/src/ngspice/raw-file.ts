import { BadInputError } from "@ohmwork/core";

/**
 * The vectors of the first plot of a rawfile as ngspice writes it: a header of lines, then float64 values point by point.
 * Names are in lower case.
 *
 * @throws BadInputError when it is not one, or its numbers are complex
 */
export function parseRawFile(bytes: Uint8Array): ReadonlyMap<string, readonly number[]> {
  const mark = "Binary:\n";
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  const end = text.indexOf(mark);
  const header = text.slice(0, Math.max(end, 0));
  const field = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, "m").exec(header)?.[1]?.trim() ?? "";
  const [variables, points] = [Number(field("No. Variables")), Number(field("No. Points"))];
  const names = Array.from(header.matchAll(/^\t\d+\t(\S+)\t/gm), ([, name]) => (name as string).toLowerCase());
  if (end < 0 || names.length === 0 || names.length !== variables) throw new BadInputError("Not a rawfile of ngspice");
  if (field("Flags") !== "real")
    throw new BadInputError(`Analysis gives ${field("Flags")} numbers, expected real ones (.op, .dc or .tran)`);
  const start = end + mark.length;
  if (bytes.byteLength - start < 8 * variables * points) throw new BadInputError("Rawfile of ngspice is cut short");
  const view = new DataView(bytes.buffer, bytes.byteOffset + start);
  return new Map(
    names.map((name, k) => [
      name,
      Array.from({ length: points }, (_, point) => view.getFloat64(8 * (point * variables + k), true)),
    ]),
  );
}

/** Whether it holds the constants of nature only, which ngspice writes when it has no result. */
export function isWithoutAnalysis(bytes: Uint8Array): boolean {
  return /^Plotname: constants$/m.test(Buffer.from(bytes.subarray(0, 500)).toString("latin1"));
}
