import { GraphError } from "./graph-error.ts";
import type { Attributes, Dimension, Graph, Node, Shape, Value, ValueType } from "./graph.ts";
import { lowerMeasured } from "./measured.ts";
import { createOperators, type Operators } from "./operators.ts";
import { dimensionRules } from "./shapes/dimension-rules.ts";
import { shapeRules } from "./shapes/index.ts";
import { isFloat, numbersOf, tensor, textOfElement, type ElementType, type Tensor } from "./tensor.ts";

export type OperationOptions = {
  /** How the node is named in errors and listings. @default "" */
  readonly name?: string;
  /** Number of outputs. @default 1 */
  readonly outputs?: number;
  /** Set the operator is of. @default "" (ONNX's own) */
  readonly domain?: string;
};

/** What a graph is built with; `operators.ts` puts names to the common operators on top of it. */
export type GraphCore = {
  /** A value that is given when the graph runs. @throws GraphError when the name is taken */
  readonly input: (name: string, type: ElementType, shape: Shape) => Value;
  /** A value that is known. @throws GraphError when the name is taken */
  readonly constant: (value: Tensor, name?: string) => Value;
  /** All outputs of one operation. @throws GraphError naming the node when its inputs cannot go together */
  readonly apply: (
    op: string,
    inputs: readonly (Value | undefined)[],
    attributes?: Attributes,
    options?: OperationOptions,
  ) => Value[];
  /** The first output of one operation. */
  readonly op: (op: string, inputs: readonly (Value | undefined)[], attributes?: Attributes, options?: OperationOptions) => Value;
  /** The constant behind a value, where it is one. */
  readonly constantOf: (value: Value) => Tensor | undefined;
  /** Entries of a small vector of whole numbers, as far as they are known before the graph runs. */
  readonly dimensionsOf: (value: Value) => readonly Dimension[] | undefined;
  /** @throws GraphError when no value has this name */
  readonly value: (name: string) => Value;
  /** Nodes so far, each after those it reads. */
  readonly nodes: () => readonly Node[];
  /** The graph that makes these outputs. Outputs given by name are called so. */
  readonly build: (of: { readonly outputs: readonly Value[] | Readonly<Record<string, Value>>; readonly name?: string }) => Graph;
};

export type GraphBuilder = GraphCore & Operators;

/**
 * A builder of graphs, empty or going on from a graph. Shapes and types are worked out as each node is added, so that a
 * mistake is found where it is made.
 */
export function createBuilder(from?: Graph): GraphBuilder {
  const inputs: Value[] = [...(from?.inputs ?? [])];
  const constants = new Map<string, Tensor>(from?.constants);
  const values = new Map<string, Value>();
  const followed = new Map<string, readonly Dimension[]>();
  const nodes: Node[] = [];
  const scalars = new Map<string, Value>();
  let counter = 0;
  let unknowns = 0;
  // A graph that is gone on from may hold open sizes of these names already.
  const sizes = new Set([...(from?.types.values() ?? []), ...inputs].flatMap(({ shape }) => shape ?? []));

  function fresh(prefix: string): string {
    for (;;) {
      counter += 1;
      const name = `${prefix}_${counter}`;
      if (!values.has(name) && !constants.has(name)) return name;
    }
  }

  function unknown(): string {
    do unknowns += 1;
    while (sizes.has(`?${unknowns}`));
    return `?${unknowns}`;
  }

  function remember(name: string, type: ValueType): Value {
    const value: Value = { name, type: type.type, shape: type.shape };
    values.set(name, value);
    return value;
  }

  function follow(name: string, value: Tensor): void {
    if (!isFloat(value.type) && value.type !== "string" && value.shape.length <= 1 && numberOfEntries(value) <= 64) {
      followed.set(name, numbersOf(value));
    }
  }

  function constant(value: Tensor, name?: string): Value {
    const key =
      value.shape.length === 0 && name === undefined ? `${value.type}:${textOfElement(value.data[0] as number)}` : undefined;
    const before = key === undefined ? undefined : scalars.get(key);
    if (before !== undefined) return before;
    if (name !== undefined && values.has(name))
      throw new GraphError(`Constant "${name}" has a name that is taken`, { node: name });
    const made = remember(name ?? fresh("constant"), value);
    constants.set(made.name, value);
    follow(made.name, value);
    if (key !== undefined) scalars.set(key, made);
    return made;
  }

  function add(node: Node, known: ReadonlyMap<string, ValueType> | undefined): Value[] {
    const operands = node.inputs.map((name) => (name === "" ? undefined : find(name, node)));
    const context = {
      node,
      inputs: operands,
      constantAt: (index: number) => (operands[index] === undefined ? undefined : constants.get(operands[index].name)),
      dimensionsAt: (index: number) => (operands[index] === undefined ? undefined : followed.get(operands[index].name)),
      unknown,
    };
    const rule = node.domain === "" || node.domain === "ohmwork" ? shapeRules.get(node.op) : undefined;
    const inferred = rule?.(context) ?? [];
    nodes.push(node);
    const made = node.outputs.map((name, index) => {
      const declared = known?.get(name);
      const type = inferred[index] ?? declared ?? { type: operands[0]?.type ?? "float32" };
      return name === "" ? remember("", type) : remember(name, { type: type.type, shape: type.shape ?? declared?.shape });
    });
    const dimensions = node.domain === "" ? dimensionRules.get(node.op)?.(context) : undefined;
    if (dimensions !== undefined && made[0] !== undefined && !isFloat(made[0].type)) followed.set(made[0].name, dimensions);
    return made;
  }

  function find(name: string, node?: Node): Value {
    const value = values.get(name);
    if (value !== undefined) return value;
    throw new GraphError(
      node === undefined
        ? `No value "${name}" in the graph`
        : `Node ${node.name || node.op} reads "${name}", which nothing makes`,
      {
        node: name,
      },
    );
  }

  const core: GraphCore = {
    input(name, type, shape) {
      if (values.has(name)) throw new GraphError(`Input "${name}" has a name that is taken`, { node: name });
      const value = remember(name, { type, shape });
      inputs.push(value);
      return value;
    },
    constant,
    apply(op, operands, attributes = {}, options = {}) {
      const outputs = Array.from({ length: options.outputs ?? 1 }, () => fresh(op));
      const names = operands.map((operand) => operand?.name ?? "");
      while (names.at(-1) === "") names.pop();
      return add({ op, domain: options.domain ?? "", name: options.name ?? "", inputs: names, outputs, attributes }, undefined);
    },
    op: (op, operands, attributes, options) => core.apply(op, operands, attributes, options)[0] as Value,
    constantOf: (value) => constants.get(value.name),
    dimensionsOf: (value) => followed.get(value.name),
    value: (name) => find(name),
    nodes: () => nodes,
    build({ outputs, name = from?.name ?? "graph" }) {
      const named = Array.isArray(outputs)
        ? (outputs as readonly Value[])
        : Object.entries(outputs as Readonly<Record<string, Value>>).map(([wanted, value]) => rename(wanted, value));
      const types = new Map([...values].filter(([key]) => key !== "" && !constants.has(key)));
      return lowerMeasured({
        name,
        inputs: [...inputs],
        outputs: named,
        constants: new Map(constants),
        nodes: [...nodes],
        types,
        domains: from?.domains ?? {},
      });
    },
  };

  function rename(wanted: string, value: Value): Value {
    if (wanted === value.name) return value;
    if (values.has(wanted)) throw new GraphError(`Output "${wanted}" has a name that is taken`, { node: wanted });
    return add(
      { op: "Identity", domain: "", name: "", inputs: [value.name], outputs: [wanted], attributes: {} },
      undefined,
    )[0] as Value;
  }

  for (const input of inputs) remember(input.name, input);
  for (const [name, value] of constants) {
    remember(name, value);
    follow(name, value);
  }
  for (const node of from?.nodes ?? []) add(node, from?.types);

  return { ...core, ...createOperators(core, (type, value) => constant(tensor(type, [], [value]))) };
}

function numberOfEntries(value: Tensor): number {
  return value.data.length;
}
