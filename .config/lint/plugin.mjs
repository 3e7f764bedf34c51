import { browserSafe } from "./browser-safe.mjs";
import { noPlainError } from "./no-plain-error.mjs";

// oxlint and knip load a plugin by its default export.
export default { meta: { name: "ohmwork" }, rules: { "browser-safe": browserSafe, "no-plain-error": noPlainError } };
