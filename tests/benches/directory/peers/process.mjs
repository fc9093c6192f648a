// What both peers are told: node NAME.mjs HOST:PORT DATABASE CONNECTIONS. They end when whoever started them does.
import pg from "pg";

const [, , address, database, connections] = process.argv;

// Planned once a connection, like the floor's statements. Nested loops are what each of the requests is answered by best, and what the planner
// would not always choose: the statistics of these tables tell it that every organization is large.
const options = "-c plan_cache_mode=force_generic_plan -c enable_hashjoin=off -c enable_mergejoin=off";

export const pool = new pg.Pool({ connectionString: database, max: Number(connections), idleTimeoutMillis: 0, options });

const [host, port] = address.split(":");
export const listen = { host, port: Number(port) };

// Clients stay connected while others are measured: whoever hangs up meanwhile may do so just when a request comes.
export const http = { keepAliveTimeout: 3_600_000 };

process.stdin.resume().on("end", () => process.exit());
