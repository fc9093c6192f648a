// The part of the directory's schema that the requests ask for, over the normalised tables: resolvers and loaders by hand, compiled queries.
import { readFileSync } from "node:fs";
import Fastify from "fastify";
import mercurius from "mercurius";
import { addressesOfContacts, addressesOfPhones, contact, contacts, contactsOfOrganizations, createContact, organization, organizationsOfContacts, phonesOfContacts } from "./statements.mjs";
import { http, listen } from "./process.mjs";

// A batch is of one field, which a document may ask for with several arguments; who is on a page twice is looked up once.
const batched = (load) => async (queries) => {
  const groups = Map.groupBy(queries, ({ params }) => JSON.stringify(params));
  const answers = new Map();
  for (const group of groups.values()) {
    const lists = await load([...new Set(group.map(({ obj }) => obj.id))], group[0].params);
    for (const query of group) answers.set(query, lists.get(query.obj.id));
  }
  return queries.map((query) => answers.get(query));
};

const app = Fastify(http);
app.register(mercurius, {
  schema: readFileSync(new URL("mercurius.graphql", import.meta.url), "utf8"),
  jit: 1,
  resolvers: {
    Query: {
      organization: (_, { id }) => organization(id),
      contact: (_, { id }) => contact(id),
      contacts: (_, page) => contacts(page),
    },
    Mutation: { contactCreate: (_, { organizationId, contact }) => createContact(organizationId, contact) },
    Contact: { name: ({ firstName, lastName }) => `${firstName} ${lastName}` },
  },
  loaders: {
    Organization: { contacts: batched(contactsOfOrganizations) },
    Contact: {
      organizations: batched(organizationsOfContacts),
      phones: batched(phonesOfContacts),
      addresses: batched(addressesOfContacts),
    },
    Phone: { addresses: batched(addressesOfPhones) },
  },
});
await app.listen(listen);
