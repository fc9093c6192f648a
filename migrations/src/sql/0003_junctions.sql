-- The eight junctions. The uphill side stands first (Organization > Contact > Phone, Email > Address); a row is one period:
-- it is closed, never deleted, and linking again makes a new row. `linked_by_organization_id` says on whose behalf.
-- What is asked for are open links, so that is what the indexes hold; policies probe them without looking at a row.

CREATE TABLE organization_contacts (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations_projection (id),
  contact_id uuid NOT NULL REFERENCES contacts_projection (id),
  contact_type text NOT NULL CHECK (contact_type IN ('administrative', 'billing', 'technical', 'emergency', 'stakeholder')),
  is_primary boolean NOT NULL DEFAULT false,
  linked_at timestamptz NOT NULL,
  linked_by text NOT NULL,
  linked_by_organization_id uuid NOT NULL,
  unlinked_at timestamptz,
  unlinked_by text,
  reason text,
  unlink_reason text,
  version integer NOT NULL,
  -- Read model: what the list of an organization filters and sorts by, repeated so that one index leads with the organization.
  sort_name text COLLATE "C" NOT NULL,
  contact_is_active boolean NOT NULL,
  CONSTRAINT organization_contact_period CHECK (unlinked_at >= linked_at),
  CONSTRAINT organization_contact_closed_by CHECK ((unlinked_at IS NULL) = (unlinked_by IS NULL))
);
-- One open row per (organization, contact, type); one open primary per (organization, type): held against concurrent writers too.
CREATE UNIQUE INDEX organization_contact_is_linked_once ON organization_contacts (organization_id, contact_id, contact_type)
  WHERE unlinked_at IS NULL;
CREATE UNIQUE INDEX organization_has_one_primary_per_type ON organization_contacts (organization_id, contact_type)
  WHERE unlinked_at IS NULL AND is_primary;
CREATE INDEX organization_contacts_by_name ON organization_contacts (organization_id, sort_name, id) WHERE unlinked_at IS NULL;
CREATE INDEX organization_contacts_by_type_and_name
  ON organization_contacts (organization_id, contact_type, contact_is_active, sort_name, id) WHERE unlinked_at IS NULL;
CREATE INDEX organization_contacts_by_contact ON organization_contacts (contact_id, organization_id) WHERE unlinked_at IS NULL;
-- One plan serves every organization, so it must be the one for a large: in the order of an index, which stops after a page, and not
-- everything fetched and sorted, which the average organization's few rows suggest. The planner is told of 2,000 rows each.
ALTER TABLE organization_contacts ALTER COLUMN organization_id SET (n_distinct = -0.0005);

CREATE TABLE organization_phones (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations_projection (id),
  phone_id uuid NOT NULL REFERENCES phones_projection (id),
  is_primary boolean NOT NULL DEFAULT false,
  sort_order integer NOT NULL DEFAULT 0,
  linked_at timestamptz NOT NULL,
  linked_by text NOT NULL,
  linked_by_organization_id uuid NOT NULL,
  unlinked_at timestamptz,
  unlinked_by text,
  reason text,
  unlink_reason text,
  version integer NOT NULL,
  -- Repeated from the phone: uniqueness "per owner and code among open links", and filters by code.
  method_code_id uuid NOT NULL,
  match_key text NOT NULL,
  CONSTRAINT organization_phone_period CHECK (unlinked_at >= linked_at),
  CONSTRAINT organization_phone_closed_by CHECK ((unlinked_at IS NULL) = (unlinked_by IS NULL))
);
CREATE UNIQUE INDEX organization_phone_is_linked_once ON organization_phones (organization_id, phone_id) WHERE unlinked_at IS NULL;
CREATE UNIQUE INDEX organization_phone_is_unique_per_code ON organization_phones (organization_id, method_code_id, match_key)
  WHERE unlinked_at IS NULL;
CREATE UNIQUE INDEX organization_has_one_primary_phone ON organization_phones (organization_id) WHERE unlinked_at IS NULL AND is_primary;
CREATE INDEX organization_phones_by_phone ON organization_phones (phone_id, organization_id) WHERE unlinked_at IS NULL;

CREATE TABLE organization_emails (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations_projection (id),
  email_id uuid NOT NULL REFERENCES emails_projection (id),
  is_primary boolean NOT NULL DEFAULT false,
  sort_order integer NOT NULL DEFAULT 0,
  linked_at timestamptz NOT NULL,
  linked_by text NOT NULL,
  linked_by_organization_id uuid NOT NULL,
  unlinked_at timestamptz,
  unlinked_by text,
  reason text,
  unlink_reason text,
  version integer NOT NULL,
  method_code_id uuid NOT NULL,
  match_key text NOT NULL,
  CONSTRAINT organization_email_period CHECK (unlinked_at >= linked_at),
  CONSTRAINT organization_email_closed_by CHECK ((unlinked_at IS NULL) = (unlinked_by IS NULL))
);
CREATE UNIQUE INDEX organization_email_is_linked_once ON organization_emails (organization_id, email_id) WHERE unlinked_at IS NULL;
CREATE UNIQUE INDEX organization_email_is_unique_per_code ON organization_emails (organization_id, method_code_id, match_key)
  WHERE unlinked_at IS NULL;
CREATE UNIQUE INDEX organization_has_one_primary_email ON organization_emails (organization_id) WHERE unlinked_at IS NULL AND is_primary;
CREATE INDEX organization_emails_by_email ON organization_emails (email_id, organization_id) WHERE unlinked_at IS NULL;

CREATE TABLE organization_addresses (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations_projection (id),
  address_id uuid NOT NULL REFERENCES addresses_projection (id),
  address_type text NOT NULL CHECK (address_type IN ('physical', 'mailing', 'billing')),
  is_primary boolean NOT NULL DEFAULT false,
  sort_order integer NOT NULL DEFAULT 0,
  linked_at timestamptz NOT NULL,
  linked_by text NOT NULL,
  linked_by_organization_id uuid NOT NULL,
  unlinked_at timestamptz,
  unlinked_by text,
  reason text,
  unlink_reason text,
  version integer NOT NULL,
  CONSTRAINT organization_address_period CHECK (unlinked_at >= linked_at),
  CONSTRAINT organization_address_closed_by CHECK ((unlinked_at IS NULL) = (unlinked_by IS NULL))
);
CREATE UNIQUE INDEX organization_address_is_linked_once ON organization_addresses (organization_id, address_id, address_type)
  WHERE unlinked_at IS NULL;
CREATE UNIQUE INDEX organization_has_one_primary_address_per_type ON organization_addresses (organization_id, address_type)
  WHERE unlinked_at IS NULL AND is_primary;
CREATE INDEX organization_addresses_by_address ON organization_addresses (address_id, organization_id) WHERE unlinked_at IS NULL;

CREATE TABLE contact_phones (
  id uuid PRIMARY KEY,
  contact_id uuid NOT NULL REFERENCES contacts_projection (id),
  phone_id uuid NOT NULL REFERENCES phones_projection (id),
  is_primary boolean NOT NULL DEFAULT false,
  sort_order integer NOT NULL DEFAULT 0,
  linked_at timestamptz NOT NULL,
  linked_by text NOT NULL,
  linked_by_organization_id uuid NOT NULL,
  unlinked_at timestamptz,
  unlinked_by text,
  reason text,
  unlink_reason text,
  version integer NOT NULL,
  method_code_id uuid NOT NULL,
  match_key text NOT NULL,
  CONSTRAINT contact_phone_period CHECK (unlinked_at >= linked_at),
  CONSTRAINT contact_phone_closed_by CHECK ((unlinked_at IS NULL) = (unlinked_by IS NULL))
);
CREATE UNIQUE INDEX contact_phone_is_linked_once ON contact_phones (contact_id, phone_id) WHERE unlinked_at IS NULL;
CREATE UNIQUE INDEX contact_phone_is_unique_per_code ON contact_phones (contact_id, method_code_id, match_key) WHERE unlinked_at IS NULL;
CREATE UNIQUE INDEX contact_has_one_primary_phone ON contact_phones (contact_id) WHERE unlinked_at IS NULL AND is_primary;
CREATE INDEX contact_phones_by_phone ON contact_phones (phone_id, contact_id) WHERE unlinked_at IS NULL;

CREATE TABLE contact_emails (
  id uuid PRIMARY KEY,
  contact_id uuid NOT NULL REFERENCES contacts_projection (id),
  email_id uuid NOT NULL REFERENCES emails_projection (id),
  is_primary boolean NOT NULL DEFAULT false,
  sort_order integer NOT NULL DEFAULT 0,
  linked_at timestamptz NOT NULL,
  linked_by text NOT NULL,
  linked_by_organization_id uuid NOT NULL,
  unlinked_at timestamptz,
  unlinked_by text,
  reason text,
  unlink_reason text,
  version integer NOT NULL,
  method_code_id uuid NOT NULL,
  match_key text NOT NULL,
  CONSTRAINT contact_email_period CHECK (unlinked_at >= linked_at),
  CONSTRAINT contact_email_closed_by CHECK ((unlinked_at IS NULL) = (unlinked_by IS NULL))
);
CREATE UNIQUE INDEX contact_email_is_linked_once ON contact_emails (contact_id, email_id) WHERE unlinked_at IS NULL;
CREATE UNIQUE INDEX contact_email_is_unique_per_code ON contact_emails (contact_id, method_code_id, match_key) WHERE unlinked_at IS NULL;
CREATE UNIQUE INDEX contact_has_one_primary_email ON contact_emails (contact_id) WHERE unlinked_at IS NULL AND is_primary;
CREATE INDEX contact_emails_by_email ON contact_emails (email_id, contact_id) WHERE unlinked_at IS NULL;

-- The ADR's UserAddress.
CREATE TABLE contact_addresses (
  id uuid PRIMARY KEY,
  contact_id uuid NOT NULL REFERENCES contacts_projection (id),
  address_id uuid NOT NULL REFERENCES addresses_projection (id),
  address_type text NOT NULL CHECK (address_type IN ('physical', 'mailing', 'billing')),
  is_primary boolean NOT NULL DEFAULT false,
  sort_order integer NOT NULL DEFAULT 0,
  source_system text,
  source_record_id text,
  starts_on date,
  ends_on date,
  linked_at timestamptz NOT NULL,
  linked_by text NOT NULL,
  linked_by_organization_id uuid NOT NULL,
  unlinked_at timestamptz,
  unlinked_by text,
  reason text,
  unlink_reason text,
  version integer NOT NULL,
  CONSTRAINT contact_address_period CHECK (unlinked_at >= linked_at),
  CONSTRAINT contact_address_closed_by CHECK ((unlinked_at IS NULL) = (unlinked_by IS NULL)),
  CONSTRAINT contact_address_window CHECK (ends_on >= starts_on),
  CONSTRAINT contact_address_source_is_whole CHECK ((source_system IS NULL) = (source_record_id IS NULL)),
  -- The same address in the same role is not held twice at a time.
  CONSTRAINT contact_address_windows_do_not_overlap EXCLUDE USING gist (
    contact_id WITH =, address_id WITH =, address_type WITH =, daterange(starts_on, ends_on, '[]') WITH &&
  ) WHERE (unlinked_at IS NULL)
);
CREATE UNIQUE INDEX contact_has_one_primary_address_per_type ON contact_addresses (contact_id, address_type)
  WHERE unlinked_at IS NULL AND is_primary;
-- Per organization that keeps the source: a key that clashes across tenants would tell of a hidden row.
CREATE UNIQUE INDEX contact_address_source_is_unique
  ON contact_addresses (linked_by_organization_id, source_system, source_record_id)
  WHERE unlinked_at IS NULL AND source_system IS NOT NULL;
CREATE INDEX contact_addresses_by_contact ON contact_addresses (contact_id, address_id) WHERE unlinked_at IS NULL;
CREATE INDEX contact_addresses_by_address ON contact_addresses (address_id, contact_id) WHERE unlinked_at IS NULL;

-- Where a phone stands: the fax of the billing office, the reception of Midtown.
CREATE TABLE phone_addresses (
  id uuid PRIMARY KEY,
  phone_id uuid NOT NULL REFERENCES phones_projection (id),
  address_id uuid NOT NULL REFERENCES addresses_projection (id),
  linked_at timestamptz NOT NULL,
  linked_by text NOT NULL,
  linked_by_organization_id uuid NOT NULL,
  unlinked_at timestamptz,
  unlinked_by text,
  reason text,
  unlink_reason text,
  version integer NOT NULL,
  CONSTRAINT phone_address_period CHECK (unlinked_at >= linked_at),
  CONSTRAINT phone_address_closed_by CHECK ((unlinked_at IS NULL) = (unlinked_by IS NULL))
);
CREATE UNIQUE INDEX phone_address_is_linked_once ON phone_addresses (phone_id, address_id) WHERE unlinked_at IS NULL;
CREATE INDEX phone_addresses_by_address ON phone_addresses (address_id, phone_id) WHERE unlinked_at IS NULL;
