/** Why bytes or a topic from a wire were refused; few and fixed, so that they can be counted by name. */
export type RefusalReason = "too-large" | "malformed" | "unknown-version" | "unknown-kind" | "invalid";

/** What came off a wire, or why it cannot be used. `detail` is one line for a person. */
export type Result<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reason: RefusalReason; readonly detail: string };

export const accepted = <Value>(value: Value): Result<Value> => ({ ok: true, value });

export const refused = (reason: RefusalReason, detail: string): Result<never> => ({ ok: false, reason, detail });
