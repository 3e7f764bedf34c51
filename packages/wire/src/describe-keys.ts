import { z } from "zod";

/** One key of a message, for a page or a person to read. */
export type KeyDescription = { readonly key: string; readonly optional: boolean; readonly type: string; readonly says: string };

type JsonSchema = {
  readonly type?: string;
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema | false;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
};

const patterns: Readonly<Record<string, string>> = { "^[a-z0-9-]{1,36}$": "id", "^[0-9a-f]{64}$": "sha256" };

/** The keys of a message in the order of its schema; a key of one of several forms only is optional. */
export function describeKeys(schema: z.ZodType): KeyDescription[] {
  const json = z.toJSONSchema(schema, { unrepresentable: "any" }) as JsonSchema;
  const forms = formsOf(json);
  const keys = new Set(forms.flatMap(({ properties = {} }) => Object.keys(properties)));
  return Array.from(keys, (key) => {
    const of = forms.flatMap(({ properties }) => properties?.[key] ?? []);
    const types = new Set(of.map(typeOf));
    return {
      key,
      optional: forms.some(({ required = [] }) => !required.includes(key)),
      type: [...types].join(" or "),
      says: of[0]?.description ?? "",
    };
  });
}

const formsOf = (schema: JsonSchema): readonly JsonSchema[] => schema.anyOf ?? schema.oneOf ?? [schema];

function typeOf(schema: JsonSchema): string {
  const forms = formsOf(schema);
  if (forms.length > 1) return [...new Set(forms.map(typeOf))].join(" or ");
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((one) => `\`${String(one)}\``).join(", ");
  if (schema.items !== undefined) return `array of ${typeOf(schema.items)}`;
  if (typeof schema.additionalProperties === "object") return `object of ${typeOf(schema.additionalProperties)}`;
  if (schema.type === "integer") return "whole number";
  if (schema.type === "string") return patterns[schema.pattern ?? ""] ?? "text";
  return schema.type ?? "anything";
}
