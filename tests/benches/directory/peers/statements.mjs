// What Mercurius asks PostgreSQL: one prepared statement a field, whose rows are spread over the keys that asked for them.
import { randomUUIDv7 } from "node:crypto";
import { pool } from "./process.mjs";

// A name for each text, by which a connection keeps it prepared.
const names = new Map();
const rows = async (text, values) => {
  let name = names.get(text);
  if (!name) names.set(text, (name = `s${names.size}`));
  return (await pool.query({ name, text, values })).rows;
};

const one = async (text, id) => (await rows(text, [id]))[0] ?? null;

// The list of each key, out of the rows of all of them.
const spread = (keys, rows, toList) => {
  const lists = new Map(keys.map((key) => [key, []]));
  for (const row of rows) lists.get(row.key).push(row);
  for (const [key, list] of lists) lists.set(key, toList(list));
  return lists;
};

const cursor = (order, row, id) => Buffer.from(JSON.stringify([order, [row.sort_name], id])).toString("base64url");

// A page was asked for with one row more than it has.
const pageInfo = (found, first, toCursor) => ({
  hasNextPage: found.length > first,
  endCursor: found.length === 0 ? null : toCursor(found[Math.min(found.length, first) - 1]),
});

const CONTACT = `c.id, c.first_name AS "firstName", c.last_name AS "lastName", c.title`;

export const organization = (id) => one("SELECT o.id, o.name, upper(o.kind) AS kind FROM organizations_projection o WHERE o.id = $1", id);

export const contact = (id) => one(`SELECT ${CONTACT} FROM contacts_projection c WHERE c.id = $1`, id);

// LATERAL with OFFSET 0 looks each person up by the key, instead of reading everybody into a hash table for a large organization.
export const contactsOfOrganizations = async (keys, { first, filter }) => {
  const values = [keys, first + 1];
  const clauses = [];
  const types = filter?.types?.map((type) => type.toLowerCase());
  // One type is compared as one: the planner knows more of it than of some.
  if (types?.length === 1) clauses.push(`AND l.contact_type = $${values.push(types[0])}`);
  else if (types) clauses.push(`AND l.contact_type = ANY ($${values.push(types)}::text[])`);
  if (filter?.isActive != null) clauses.push(`AND c.is_active = $${values.push(filter.isActive)}`);
  const found = await rows(
    `SELECT k.id AS key, page.* FROM unnest($1::uuid[]) AS k (id) CROSS JOIN LATERAL (
       SELECT l.id AS link_id, upper(l.contact_type) AS type, l.is_primary AS "isPrimary", c.*
       FROM organization_contacts l CROSS JOIN LATERAL (
         SELECT ${CONTACT}, c.sort_name, c.is_active FROM contacts_projection c WHERE c.id = l.contact_id OFFSET 0
       ) AS c
       WHERE l.organization_id = k.id AND l.unlinked_at IS NULL ${clauses.join(" ")}
       ORDER BY c.sort_name, l.id LIMIT $2) AS page`,
    values,
  );
  return spread(keys, found, (list) => ({
    edges: list.slice(0, first).map((row) => ({ type: row.type, isPrimary: row.isPrimary, node: row })),
    pageInfo: pageInfo(list, first, (row) => cursor("name", row, row.link_id)),
  }));
};

export const organizationsOfContacts = async (keys, { first }) => {
  const found = await rows(
    `SELECT k.id AS key, page.* FROM unnest($1::uuid[]) AS k (id) CROSS JOIN LATERAL (
       SELECT upper(l.contact_type) AS type, l.is_primary AS "isPrimary", o.id, o.name, upper(o.kind) AS kind
       FROM organization_contacts l JOIN organizations_projection o ON o.id = l.organization_id
       WHERE l.contact_id = k.id AND l.unlinked_at IS NULL
       ORDER BY o.sort_name, l.id LIMIT $2) AS page`,
    [keys, first],
  );
  return spread(keys, found, (list) => ({ edges: list.map((row) => ({ type: row.type, isPrimary: row.isPrimary, node: row })) }));
};

export const phonesOfContacts = async (keys, { first }) => {
  const found = await rows(
    `SELECT k.id AS key, page.* FROM unnest($1::uuid[]) AS k (id) CROSS JOIN LATERAL (
       SELECT h.is_primary AS "isPrimary", p.id, p.number, p.e164, code.code
       FROM contact_phones h JOIN phones_projection p ON p.id = h.phone_id JOIN phone_codes code ON code.id = p.phone_code_id
       WHERE h.contact_id = k.id AND h.unlinked_at IS NULL
       ORDER BY NOT h.is_primary, h.sort_order, h.id LIMIT $2) AS page`,
    [keys, first],
  );
  const node = ({ id, number, e164, code }) => ({ id, number, e164, code: { code } });
  return spread(keys, found, (list) => ({ edges: list.map((row) => ({ isPrimary: row.isPrimary, node: node(row) })) }));
};

const ADDRESS = `a.id, a.label, a.street1, a.city, a.state, a.postal_code AS "postalCode"`;

export const addressesOfContacts = async (keys, { first }) => {
  const found = await rows(
    `SELECT k.id AS key, page.* FROM unnest($1::uuid[]) AS k (id) CROSS JOIN LATERAL (
       SELECT upper(h.address_type) AS type, ${ADDRESS}
       FROM contact_addresses h JOIN addresses_projection a ON a.id = h.address_id
       WHERE h.contact_id = k.id AND h.unlinked_at IS NULL
       ORDER BY NOT h.is_primary, h.sort_order, h.id LIMIT $2) AS page`,
    [keys, first],
  );
  return spread(keys, found, (list) => ({ edges: list.map((row) => ({ type: row.type, node: row })) }));
};

export const addressesOfPhones = async (keys, { first }) => {
  const found = await rows(
    `SELECT k.id AS key, page.* FROM unnest($1::uuid[]) AS k (id) CROSS JOIN LATERAL (
       SELECT ${ADDRESS} FROM phone_addresses h JOIN addresses_projection a ON a.id = h.address_id
       WHERE h.phone_id = k.id AND h.unlinked_at IS NULL
       ORDER BY h.linked_at, h.id LIMIT $2) AS page`,
    [keys, first],
  );
  return spread(keys, found, (nodes) => ({ nodes }));
};

// As the floor does it: one statement, which is whole or not at all.
export const createContact = async (organization, { firstName, lastName, title, organizations, phones }) => {
  const [{ type }] = organizations;
  const [{ phone: { create: { number, code } } }] = phones;
  const ids = [randomUUIDv7(), randomUUIDv7(), randomUUIDv7(), randomUUIDv7()];
  const [made] = await rows(
    `WITH made AS (
       INSERT INTO contacts_projection (id, first_name, last_name, sort_name, title, owner_organization_id, edit_policy, version, created_at, updated_at)
       VALUES ($1, $6, $7, lower($7) || E'\\x01' || lower($6), $8, $5, 'linked_organizations', 1, now(), now()) RETURNING *
     ), role AS (
       INSERT INTO organization_contacts (id, organization_id, contact_id, contact_type, linked_at, linked_by, linked_by_organization_id, version,
                                          sort_name, contact_is_active)
       SELECT $2, $5, made.id, $9, now(), 'peer', $5, 1, made.sort_name, true FROM made
     ), phone AS (
       INSERT INTO phones_projection (id, number, e164, phone_code_id, is_sms_capable, owner_organization_id, is_linked, version, created_at, updated_at)
       SELECT $3, $10, $10, k.id, true, $5, true, 1, now(), now() FROM phone_codes k WHERE k.code = $11 RETURNING *
     ), held AS (
       INSERT INTO contact_phones (id, contact_id, phone_id, is_primary, linked_at, linked_by, linked_by_organization_id, version, method_code_id, match_key)
       SELECT $4, made.id, phone.id, true, now(), 'peer', $5, 1, phone.phone_code_id, phone.e164 FROM made, phone
     )
     SELECT c.id, c.first_name AS "firstName", c.last_name AS "lastName", c.title, c.version FROM made c`,
    [...ids, organization, firstName, lastName, title, type.toLowerCase(), number, code],
  );
  return { contact: made };
};

const NIL = "00000000-0000-0000-0000-000000000000";

export const contacts = async ({ first, after, filter }) => {
  const [, [name], id] = after ? JSON.parse(Buffer.from(after, "base64url")) : [, [""], NIL];
  const more = filter?.organizations.count.gt;
  const values = [first + 1, name, id];
  const counted = more == null ? ["", "", ""] : [
    ', shared.organizations AS "organizationCount"',
    `CROSS JOIN LATERAL (SELECT count(DISTINCT l.organization_id)::int AS organizations FROM organization_contacts l
                         WHERE l.contact_id = c.id AND l.unlinked_at IS NULL) AS shared`,
    `AND shared.organizations > $${values.push(more)}`,
  ];
  const found = await rows(
    `SELECT ${CONTACT}, c.sort_name ${counted[0]} FROM contacts_projection c ${counted[1]}
     WHERE c.deleted_at IS NULL AND (c.sort_name, c.id) > ($2, $3::uuid) ${counted[2]}
     ORDER BY c.sort_name, c.id LIMIT $1`,
    values,
  );
  return { nodes: found.slice(0, first), pageInfo: pageInfo(found, first, (row) => cursor("contact name", row, row.id)) };
};
