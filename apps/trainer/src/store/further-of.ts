import { type RawBuilder, sql } from "kysely";

/** In an update of a boot that is there already: the larger of what stands and what came. Neither ever goes back. */
export function furtherOf(column: "prefix" | "pruned"): RawBuilder<number> {
  const [stands, came] = [sql.ref(`boots.${column}`), sql.ref(`excluded.${column}`)];
  return sql<number>`case when ${came} > ${stands} then ${came} else ${stands} end`;
}
