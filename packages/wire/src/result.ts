/** Why bytes or a topic from a wire were refused; few and fixed, so that they can be counted by name. */
export type RefusalReason = "too-large" | "malformed" | "unknown-version" | "unknown-kind" | "invalid" | "unsigned";

/** What was refused, and why. `detail` is one line for a person. */
export type Refused<Reason extends string> = { readonly ok: false; readonly reason: Reason; readonly detail: string };

/** What came off a wire, or why it cannot be used. */
export type Result<Value, Reason extends string = RefusalReason> = { readonly ok: true; readonly value: Value } | Refused<Reason>;

export const accepted = <Value>(value: Value): { readonly ok: true; readonly value: Value } => ({ ok: true, value });

export const refused = <Reason extends string>(reason: Reason, detail: string): Refused<Reason> => ({
  ok: false,
  reason,
  detail,
});
