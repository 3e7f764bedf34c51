import { GraphError } from "../graph-error.ts";
import type { Attribute, Graph } from "../graph.ts";
import { decodeMessage, type Message } from "./message.ts";
import { attributeTable } from "./tables.ts";
import { decodeTensor, toText } from "./tensor-message.ts";

type AttributeMessage = Message<typeof attributeTable>;

const kinds: Readonly<Record<number, Attribute["kind"]>> = {
  1: "float",
  2: "int",
  3: "string",
  4: "tensor",
  5: "graph",
  6: "floats",
  7: "ints",
  8: "strings",
};

const unsupported: Readonly<Record<number, string>> = {
  9: "tensors",
  10: "graphs",
  11: "a sparse tensor",
  12: "sparse tensors",
  13: "a type",
  14: "types",
};

/** The numbers of the kinds in a file (AttributeProto.AttributeType of the specification). */
export const attributeCodes: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries(kinds).map(([code, kind]) => [kind, Number(code)]),
);

/**
 * An attribute with its name, undefined where it takes the value of an attribute of a function that is absent.
 *
 * @param node how errors name the node it is of
 * @param attributeOf what the attributes of the function hold in whose body the node stands
 */
export function readAttribute(
  bytes: Uint8Array,
  node: string,
  readGraph: (bytes: Uint8Array) => Graph,
  attributeOf?: (name: string) => Attribute | undefined,
): { name: string; attribute: Attribute | undefined } {
  const message = decodeMessage(bytes, attributeTable);
  const name = message.name ?? "";
  const where = `Attribute "${name}" of ${node}`;
  if (message.reference === undefined || message.reference === "") {
    return { name, attribute: valueOf(message, where, readGraph) };
  }
  if (attributeOf !== undefined) return { name, attribute: attributeOf(message.reference) };
  throw new GraphError(`${where} refers to the attribute "${message.reference}" of a function, and stands in none`);
}

function valueOf(message: AttributeMessage, where: string, readGraph: (bytes: Uint8Array) => Graph): Attribute {
  const code = message.type ?? 0;
  const kind = code === 0 ? guessKind(message) : kinds[code];
  switch (kind) {
    // A value that is the default of its type need not stand in the file.
    case "float":
      return { kind, value: message.float ?? 0 };
    case "int":
      return { kind, value: message.int ?? 0 };
    case "string":
      return { kind, value: toText(message.text ?? new Uint8Array(), where) };
    case "tensor":
      if (message.tensor === undefined) break;
      return { kind, value: decodeTensor(message.tensor, where).tensor };
    case "graph":
      if (message.graph === undefined) break;
      return { kind, value: readGraph(message.graph) };
    case "floats":
      return { kind, value: message.floats };
    case "ints":
      return { kind, value: message.ints };
    case "strings":
      return { kind, value: message.texts.map((text) => toText(text, where)) };
    case undefined:
      throw new GraphError(`${where} holds ${unsupported[code] ?? `what type ${code} stands for`}, which is not supported`);
    default:
      throw new TypeError(`Attribute kind ${String(kind satisfies never)} is not known`);
  }
  throw new GraphError(`${where} is said to hold a ${kind} and holds none`);
}

// Files of the first version of the format do not say which field is meant.
function guessKind(message: AttributeMessage): Attribute["kind"] | undefined {
  if (message.float !== undefined) return "float";
  if (message.int !== undefined) return "int";
  if (message.text !== undefined) return "string";
  if (message.tensor !== undefined) return "tensor";
  if (message.graph !== undefined) return "graph";
  if (message.floats.length > 0) return "floats";
  if (message.ints.length > 0) return "ints";
  return message.texts.length > 0 ? "strings" : undefined;
}
