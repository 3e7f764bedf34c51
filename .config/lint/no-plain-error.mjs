import { globalName } from "./globals.mjs";

const advice = "an OhmworkError for what a caller may want to catch, a TypeError or RangeError for the caller's own mistake";

/** Errors carry a code or are the caller's mistake: no `Error` as such, no class on it beside the one base, nothing thrown that is not an error. */
export const noPlainError = {
  meta: {
    type: "problem",
    messages: {
      plain: `Plain Error: expected ${advice}`,
      base: "Class on plain Error: expected extends OhmworkError",
      literal: `Thrown value is not an error: expected ${advice}`,
    },
  },
  create(context) {
    const checkCall = (node) => {
      if (globalName(context, node.callee) === "Error") context.report({ node, messageId: "plain" });
    };
    const checkClass = (node) => {
      if (node.superClass && node.id?.name !== "OhmworkError" && globalName(context, node.superClass) === "Error") {
        context.report({ node: node.superClass, messageId: "base" });
      }
    };
    return {
      NewExpression: checkCall,
      CallExpression: checkCall,
      ClassDeclaration: checkClass,
      ClassExpression: checkClass,
      ThrowStatement(node) {
        if (
          ["Literal", "TemplateLiteral", "ObjectExpression", "ArrayExpression", "BinaryExpression"].includes(node.argument.type)
        ) {
          context.report({ node, messageId: "literal" });
        }
      },
    };
  },
};
