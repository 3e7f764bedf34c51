import { builtinModules } from "node:module";
import { globalName, keyName, propertyName } from "./globals.mjs";

/** What only Node has, and what makes a run depend on when and where it happened; both come in from outside. */
const forbidden = new Set(
  (
    "Buffer process global require __dirname __filename performance " +
    "setTimeout setInterval setImmediate clearTimeout clearInterval clearImmediate"
  ).split(" "),
);
const forbiddenMembers = {
  globalThis: [...forbidden],
  Date: ["now"],
  Math: ["random"],
  Temporal: ["Now"],
  crypto: ["getRandomValues", "randomUUID"],
  AbortSignal: ["timeout"],
};
const forbiddenMeta = ["dirname", "filename", "main"];
const builtins = new Set(builtinModules);

/** Keeps a package runnable in a browser, and repeatable: time, entropy, files and the process are passed in. */
export const browserSafe = {
  meta: {
    type: "problem",
    messages: {
      module: "Module {{name}} exists only in Node: pass in what it is needed for",
      global: "{{name}} is not for browser-safe packages: pass in a Clock, a Random or what else it is needed for",
    },
  },
  create(context) {
    const checkModule = (node) => {
      const name = node.source?.value;
      if (typeof name === "string" && (name.startsWith("node:") || builtins.has(name)))
        context.report({ node, messageId: "module", data: { name } });
    };
    const report = (node, name) => context.report({ node, messageId: "global", data: { name } });
    const isForbidden = (object, member) =>
      Object.hasOwn(forbiddenMembers, object ?? "") && forbiddenMembers[object].includes(member);
    const checkPattern = (pattern, value) => {
      if (pattern.type !== "ObjectPattern" || !value) return;
      const object = globalName(context, value);
      for (const property of pattern.properties) {
        const member = property.type === "Property" ? keyName(property) : undefined;
        if (isForbidden(object, member)) report(property, `${object}.${member}`);
      }
    };
    const isDate = (node) => globalName(context, node.callee) === "Date";
    return {
      ImportDeclaration: checkModule,
      ExportNamedDeclaration: checkModule,
      ExportAllDeclaration: checkModule,
      ImportExpression: checkModule,
      Identifier(node) {
        if (forbidden.has(node.name) && isReference(node) && globalName(context, node) === node.name) report(node, node.name);
      },
      MemberExpression(node) {
        const object = globalName(context, node.object);
        const member = propertyName(node);
        if (isForbidden(object, member)) report(node, `${object}.${member}`);
        if (node.object.type === "MetaProperty" && forbiddenMeta.includes(member)) report(node, `import.meta.${member}`);
      },
      VariableDeclarator: (node) => checkPattern(node.id, node.init),
      AssignmentPattern: (node) => checkPattern(node.left, node.right),
      AssignmentExpression: (node) => checkPattern(node.left, node.right),
      NewExpression(node) {
        if (isDate(node) && node.arguments.length === 0) report(node, "new Date()");
      },
      CallExpression(node) {
        if (isDate(node)) report(node, "Date()");
      },
    };
  },
};

/** Whether an identifier stands for a value, rather than naming a property, a label or a type's member. */
function isReference(node) {
  const { parent } = node;
  switch (parent.type) {
    case "MemberExpression":
      return parent.object === node || parent.computed;
    case "Property":
      return parent.value === node || parent.computed;
    case "PropertyDefinition":
    case "MethodDefinition":
    case "TSPropertySignature":
    case "TSMethodSignature":
    case "TSAbstractMethodDefinition":
    case "TSAbstractPropertyDefinition":
      return parent.value === node || (parent.computed && parent.key === node);
    case "ImportSpecifier":
    case "ExportSpecifier":
    case "LabeledStatement":
    case "BreakStatement":
    case "ContinueStatement":
    case "TSEnumMember":
    case "TSTypeReference":
    case "TSQualifiedName":
    case "TSNamedTupleMember":
    case "TSTypePredicate":
    case "TSFunctionType":
      return false;
    default:
      return true;
  }
}
