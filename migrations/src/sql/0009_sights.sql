-- Who sees whom, ready to probe: one row per (organization, contact that it sees), kept by the projector from ownership, open
-- links, the partner's open links and referrals (domain.md §5). It is both the list of a tenant's directory and the single
-- index probe of the row security policies. `verify` proves it with every other projection.

CREATE TABLE contact_sights (
  organization_id uuid NOT NULL,
  contact_id uuid NOT NULL,
  is_owner boolean NOT NULL,
  is_linked boolean NOT NULL,
  is_staff_of_partner boolean NOT NULL,
  is_referred boolean NOT NULL,
  sort_name text COLLATE "C" NOT NULL,
  contact_is_active boolean NOT NULL,
  is_listed boolean NOT NULL,
  PRIMARY KEY (organization_id, contact_id),
  CONSTRAINT contact_sight_has_a_ground CHECK (is_owner OR is_linked OR is_staff_of_partner OR is_referred)
);
CREATE INDEX contact_sights_by_name ON contact_sights (organization_id, sort_name, contact_id) WHERE is_listed;
CREATE INDEX contact_sights_by_contact ON contact_sights (contact_id);
-- As of organization_contacts: plan for the large.
ALTER TABLE contact_sights ALTER COLUMN organization_id SET (n_distinct = -0.0005);

-- As contact_sights, for phones, emails and addresses: one row per (organization, method that it sees through an open link of its own
-- or of a contact in its sight). An office is held by thousands of people, so that to look for one in sight among them was 3,500 probes
-- for one row; this is one. A method without links is seen by the organization that made it, which its own row says.
CREATE TABLE method_sights (
  organization_id uuid NOT NULL,
  method_id uuid NOT NULL,
  PRIMARY KEY (organization_id, method_id)
);
CREATE INDEX method_sights_by_method ON method_sights (method_id);
