import { BadInputError, type Ports } from "@ohmwork/core";
import { systemClock } from "@ohmwork/runtime";
import { hashOfPorts, openParameterSet, type ParameterSet, type SealedParameterSet, sealParameterSet } from "@ohmwork/wire";
import { z } from "zod";
import { readUserBytes } from "../read-user-file.ts";

/** What is known of the device that a set is for. */
type SetTarget = {
  readonly ports: Ports;
  /** Id of the set it has now. */
  readonly current?: string;
};

/** A file of parameters: a sealed set, or bare values that a set is made of for each device. */
export interface SetFile {
  /** The set that is in the file, where one is. */
  readonly sealed?: SealedParameterSet & { readonly set: ParameterSet };
  /** The set for one device: one that follows on what it has, where the file holds values. */
  readonly sealFor: (target: SetTarget) => Promise<SealedParameterSet>;
}

const valuesSchema = z.union([
  z.array(z.number()).transform((values) => ({ values, classes: [] as string[], encoding: "volts" })),
  z.strictObject({
    values: z.array(z.number()).describe("in the order of the ports"),
    classes: z.array(z.string()).default([]),
    encoding: z.string().default("volts"),
  }),
]);
/** Values in JSON begin with one of these; a sealed set begins with none of them. */
const jsonBegins: ReadonlySet<number> = new Set(new TextEncoder().encode(" \t\r\n[{"));

/**
 * Reads a sealed set, or JSON: numbers in the order of the device's ports, bare or as `{ "values": […], "classes": […] }`.
 *
 * @throws BadInputError in one line when it is neither
 */
export async function readSetFile(file: string): Promise<SetFile> {
  const bytes = await readUserBytes(file);
  if (jsonBegins.has(bytes[0] ?? 0)) return valuesOf(file, bytes);
  const opened = await openParameterSet(bytes);
  if (!opened.ok) throw new BadInputError(`${file}: Neither JSON nor a sealed set: ${opened.detail}`, { where: file });
  const { id, set } = opened.value;
  return { sealed: { id, bytes, set }, sealFor: async () => ({ id, bytes }) };
}

function valuesOf(file: string, bytes: Uint8Array): SetFile {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new BadInputError(`${file}: Not JSON: ${(cause as Error).message}`, { where: file }, { cause });
  }
  const checked = valuesSchema.safeParse(json);
  if (!checked.success) {
    throw new BadInputError(`${file}: Expected numbers, or { "values": [numbers], "classes": [words] }`, { where: file });
  }
  const { values, classes, encoding } = checked.data;
  const madeAt = Math.floor(systemClock.now());
  return {
    sealFor: async ({ ports, current }) => {
      const size = ports.parameters.reduce((sum, port) => sum + port.size, 0);
      if (size !== values.length) throw new BadInputError(`${file}: ${values.length} values for a device that has ${size}`);
      return sealParameterSet({
        ...(current !== undefined && { parent: current }),
        values: Float32Array.from(values),
        encoding,
        classes,
        ports: await hashOfPorts(ports),
        twins: {},
        origin: "update",
        madeAt,
      });
    },
  };
}
