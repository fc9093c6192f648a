// PostGraphile 5 as its documentation starts it: the Amber preset, grafserv on Node's own HTTP server. What the requests need and tables do not
// say by themselves (an order by whom a link links, two conditions, a count) is added the way it recommends.
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { addPgTableCondition, addPgTableOrderBy, extendSchema, gql, orderByAscDesc, pgSmartTags } from "postgraphile/utils";
import { TYPES } from "postgraphile/@dataplan/pg";
import { http, listen, pool } from "./process.mjs";

// The normalised tables, by shorter names. Everything else stays out of the schema.
const TABLES = {
  organizations_projection: "organizations",
  contacts_projection: "contacts",
  phones_projection: "phones",
  addresses_projection: "addresses",
  phone_codes: "phone_codes",
  organization_contacts: "organization_contacts",
  contact_phones: "contact_phones",
  contact_addresses: "contact_addresses",
  phone_addresses: "phone_addresses",
};

// What the projector repeats for lists, and counts: written with a row, as the tables want it, and read nowhere.
const REPEATED = /^((contact|phone|address)_(?!id$|type$|code_id$).*|organization_count|last_linked_at)$/;

const tables = pgSmartTags([
  ...Object.entries(TABLES).map(([table, name]) => ({ kind: "class", match: table, tags: { name } })),
  { kind: "class", match: (table) => !(table.relname in TABLES), tags: { behavior: "-*" } },
  { kind: "attribute", match: (column) => REPEATED.test(column.attname), tags: { behavior: "-* +attribute:insert" } },
]);

const links = { schemaName: "public", tableName: "organization_contacts" };
const contacts = { schemaName: "public", tableName: "contacts_projection" };

// What a link is ordered by stands with whom it links.
const inOrderOf = (name, relation) =>
  addPgTableOrderBy(links, ({ sql }) =>
    orderByAscDesc(name, (links) => ({ codec: TYPES.text, fragment: sql`${links.singleRelation(relation)}.sort_name` })));

// So does whether somebody is active: a look at one row each, by its key.
const whoIsActive = addPgTableCondition(
  links,
  "contactIsActive",
  ({ graphql }) => ({ type: graphql.GraphQLBoolean }),
  (isActive, { sql, sqlTableAlias, sqlValueWithCodec }) =>
    sql`(SELECT contact.is_active FROM contacts_projection AS contact WHERE contact.id = ${sqlTableAlias}.contact_id) = ${sqlValueWithCodec(isActive, TYPES.boolean)}`,
);

const organizationsOf = (sql, contact) =>
  sql`(SELECT count(DISTINCT shared.organization_id) FROM organization_contacts AS shared WHERE shared.contact_id = ${contact}.id AND shared.unlinked_at IS NULL)`;

const whoIsShared = addPgTableCondition(
  contacts,
  "organizationCountGreaterThan",
  ({ graphql }) => ({ type: graphql.GraphQLInt }),
  (count, { sql, sqlTableAlias, sqlValueWithCodec }) =>
    sql`${organizationsOf(sql, sqlTableAlias)} > ${sqlValueWithCodec(count, TYPES.int)}`,
);

const computed = extendSchema(({ sql }) => ({
  typeDefs: gql`extend type Contact { name: String! organizationCount: Int! }`,
  objects: {
    Contact: {
      plans: {
        name: ($contact) => $contact.select(sql`${$contact}.first_name || ' ' || ${$contact}.last_name`, TYPES.text),
        organizationCount: ($contact) => $contact.select(sql`${organizationsOf(sql, $contact)}::int4`, TYPES.int),
      },
    },
  },
}));

const preset = {
  extends: [PostGraphileAmberPreset],
  // It would leave out relations and conditions that only a partial index serves.
  disablePlugins: ["PgIndexBehaviorsPlugin"],
  plugins: [
    tables,
    inOrderOf("CONTACT_NAME", "contactsByMyContactId"),
    inOrderOf("ORGANIZATION_NAME", "organizationsByMyOrganizationId"),
    whoIsActive,
    whoIsShared,
    computed,
  ],
  pgServices: [makePgService({ pool, schemas: ["public"] })],
  // Plain lists too, where no page is asked for: they cost less than connections.
  schema: { defaultBehavior: "connection list" },
  // Answers become text where they are made, which costs less than objects in between.
  grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false, websockets: false, outputDataAsString: true },
  grafast: { explain: false },
};

const instance = postgraphile(preset);
const server = createServer(http);
await instance.createServ(grafserv).addTo(server);
await instance.getSchema();
server.listen(listen);
