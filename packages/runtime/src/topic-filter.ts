/** Whether a topic matches an MQTT topic filter (MQTT 5 §4.7): `+` stands for one level, a last `#` for all that follow. */
export function matchesTopicFilter(filter: string, topic: string): boolean {
  const wanted = filter.split("/");
  const levels = topic.split("/");
  // A wildcard in the first level does not reach the broker's own topics (§4.7.2).
  if (topic.startsWith("$") && (wanted[0] === "+" || wanted[0] === "#")) return false;
  for (const [i, want] of wanted.entries()) {
    if (want === "#") return true;
    if (i >= levels.length || (want !== "+" && want !== levels[i])) return false;
  }
  return wanted.length === levels.length;
}

/** Whether some topic matches both of two MQTT topic filters. */
export function filtersMeet(one: string, other: string): boolean {
  if (one.startsWith("$") !== other.startsWith("$")) return false; // §4.7.2, as above
  const a = one.split("/");
  const b = other.split("/");
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    if (a[i] === "#" || b[i] === "#") return true;
    if (a[i] === undefined || b[i] === undefined) return false;
    if (a[i] !== b[i] && a[i] !== "+" && b[i] !== "+") return false;
  }
  return true;
}
