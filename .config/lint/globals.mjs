/**
 * The name of the global that an expression stands for: `x` for `x` and for `globalThis.x`, unless something local has
 * that name.
 *
 * @returns {string | undefined}
 */
export function globalName(context, node) {
  if (node.type === "Identifier") return isLocal(context, node) ? undefined : node.name;
  if (node.type !== "MemberExpression" || globalName(context, node.object) !== "globalThis") return undefined;
  return propertyName(node);
}

/** The name after the dot, or in the brackets if it is written there. @returns {string | undefined} */
export function propertyName(node) {
  return nameIn(node.property, node.computed);
}

/** The name of a property of an object or of a pattern, if it is written there. @returns {string | undefined} */
export function keyName(node) {
  return nameIn(node.key, node.computed);
}

function nameIn(node, computed) {
  if (node.type === "Literal") return String(node.value);
  return computed ? undefined : node.name;
}

function isLocal(context, node) {
  for (let scope = context.sourceCode.getScope(node); scope !== null; scope = scope.upper) {
    const variable = scope.set.get(node.name);
    if (variable !== undefined && variable.defs.length > 0) return true;
  }
  return false;
}
