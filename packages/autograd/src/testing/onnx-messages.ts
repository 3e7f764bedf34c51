import type { Graph } from "../graph.ts";
import { encodeModel } from "../onnx/encode-model.ts";
import { decodeMessage, encodeMessage, type Message } from "../onnx/message.ts";
import { graphTable, modelTable, nodeTable, tensorTable, typeTable, valueTable } from "../onnx/tables.ts";

/** Fields of a message as a test writes them down; what is left out is not in the file. */
export type Given<T extends Parameters<typeof encodeMessage>[0]> = Partial<Message<T>>;

export const tensorOf = (message: Given<typeof tensorTable>): Uint8Array => encodeMessage(tensorTable, message);
export const nodeOf = (message: Given<typeof nodeTable>): Uint8Array => encodeMessage(nodeTable, message);
export const typed = (name: string, type: Given<typeof typeTable>): Uint8Array =>
  encodeMessage(valueTable, { name, type: encodeMessage(typeTable, type) });
export const modelOf = (graph: Given<typeof graphTable>, more: Given<typeof modelTable> = {}): Uint8Array => {
  const empty: Graph = { name: "", inputs: [], outputs: [], constants: new Map(), nodes: [], types: new Map(), domains: {} };
  return encodeMessage(modelTable, {
    ...decodeMessage(encodeModel(empty), modelTable),
    graph: encodeMessage(graphTable, graph),
    ...more,
  });
};
export const bytesOf = (content: string): Uint8Array => new TextEncoder().encode(content);
