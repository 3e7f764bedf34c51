export { givenPostgres, hasPostgres, requirePostgres, startPostgres, type TestPostgres } from "./postgres.ts";
