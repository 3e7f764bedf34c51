// Field numbers of the messages of ONNX, from its specification of the file format (onnx.proto of version 1.18, IR version
// 11). A table names what is read or written here; what is only looked at in order to refuse it is among them.

export const modelTable = {
  irVersion: [1, "int"],
  producerName: [2, "text"],
  graph: [7, "bytes"],
  opsets: [8, "byteses"],
  training: [20, "byteses"],
  functions: [25, "byteses"],
} as const;

export const opsetTable = { domain: [1, "text"], version: [2, "int"] } as const;

export const graphTable = {
  nodes: [1, "byteses"],
  name: [2, "text"],
  initializers: [5, "byteses"],
  inputs: [11, "byteses"],
  outputs: [12, "byteses"],
  values: [13, "byteses"],
  sparseInitializers: [15, "byteses"],
} as const;

export const nodeTable = {
  inputs: [1, "texts"],
  outputs: [2, "texts"],
  name: [3, "text"],
  op: [4, "text"],
  attributes: [5, "byteses"],
  domain: [7, "text"],
  overload: [8, "text"],
} as const;

export const functionTable = {
  name: [1, "text"],
  inputs: [4, "texts"],
  outputs: [5, "texts"],
  nodes: [7, "byteses"],
  opsets: [9, "byteses"],
  domain: [10, "text"],
  defaults: [11, "byteses"],
  overload: [13, "text"],
} as const;

export const attributeTable = {
  name: [1, "text"],
  float: [2, "float"],
  int: [3, "int"],
  text: [4, "bytes"],
  tensor: [5, "bytes"],
  graph: [6, "bytes"],
  floats: [7, "floats"],
  ints: [8, "ints"],
  texts: [9, "byteses"],
  type: [20, "int"],
  reference: [21, "text"],
} as const;

export const valueTable = { name: [1, "text"], type: [2, "bytes"] } as const;

export const typeTable = {
  tensor: [1, "bytes"],
  sequence: [4, "bytes"],
  map: [5, "bytes"],
  opaque: [7, "bytes"],
  sparse: [8, "bytes"],
  optional: [9, "bytes"],
} as const;

export const tensorTypeTable = { element: [1, "int"], shape: [2, "bytes"] } as const;

export const shapeTable = { dimensions: [1, "byteses"] } as const;

export const dimensionTable = { size: [1, "int"], name: [2, "text"] } as const;

export const tensorTable = {
  sizes: [1, "ints"],
  type: [2, "int"],
  segment: [3, "bytes"],
  floats: [4, "floats"],
  ints: [5, "ints"],
  texts: [6, "byteses"],
  bigs: [7, "bigs"],
  name: [8, "text"],
  raw: [9, "bytes"],
  doubles: [10, "doubles"],
  unsigneds: [11, "unsigneds"],
  external: [13, "byteses"],
  location: [14, "int"],
} as const;
