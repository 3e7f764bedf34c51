export { openPostgres, requirePostgres } from "./postgres.ts";
