-- The six nodes. `version` counts the facts of the node's own stream; `search` columns come with the search.

CREATE TABLE organizations_projection (
  id uuid PRIMARY KEY,
  name text NOT NULL CHECK (name <> ''),
  sort_name text COLLATE "C" NOT NULL,
  kind text NOT NULL CHECK (kind IN ('platform_owner', 'provider', 'provider_partner')),
  partner_type text CHECK (partner_type IN ('var', 'family', 'court', 'other')),
  subdomain text NOT NULL CHECK (subdomain ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  default_region text NOT NULL DEFAULT 'US' CHECK (default_region ~ '^[A-Z]{2}$'),
  is_active boolean NOT NULL DEFAULT true,
  referring_partner_id uuid REFERENCES organizations_projection (id),
  version integer NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  deleted_at timestamptz,
  CONSTRAINT organization_partner_type_is_for_partners CHECK ((kind = 'provider_partner') = (partner_type IS NOT NULL)),
  -- Flat: a partner brings providers, nobody brings a partner or the platform owner.
  CONSTRAINT organization_referral_is_for_providers CHECK (referring_partner_id IS NULL OR kind = 'provider'),
  CONSTRAINT organization_does_not_refer_itself CHECK (referring_partner_id <> id)
);
CREATE UNIQUE INDEX organization_subdomain_is_unique ON organizations_projection (subdomain);
CREATE INDEX organizations_by_name ON organizations_projection (sort_name, id);
CREATE INDEX organizations_by_created ON organizations_projection (created_at, id);
CREATE INDEX organizations_by_partner ON organizations_projection (referring_partner_id, sort_name, id)
  WHERE referring_partner_id IS NOT NULL;

CREATE TABLE facilities_projection (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations_projection (id),
  name text NOT NULL CHECK (name <> ''),
  sort_name text COLLATE "C" NOT NULL,
  is_active boolean NOT NULL DEFAULT true,
  version integer NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  deleted_at timestamptz
);
CREATE INDEX facilities_by_organization ON facilities_projection (organization_id, sort_name, id);

CREATE TABLE contacts_projection (
  id uuid PRIMARY KEY,
  first_name text NOT NULL CHECK (first_name <> ''),
  last_name text NOT NULL CHECK (last_name <> ''),
  -- Family name, then given name, folded: what every list of people is ordered by.
  sort_name text COLLATE "C" NOT NULL,
  title text,
  department text,
  preferred_contact_method text CHECK (preferred_contact_method IN ('email', 'phone', 'sms')),
  do_not_contact boolean NOT NULL DEFAULT false,
  do_not_contact_reason text,
  do_not_contact_since timestamptz,
  do_not_contact_by text,
  is_active boolean NOT NULL DEFAULT true,
  owner_organization_id uuid NOT NULL REFERENCES organizations_projection (id),
  edit_policy text NOT NULL CHECK (edit_policy IN ('owner_only', 'linked_organizations')),
  user_id text,
  merged_into_id uuid REFERENCES contacts_projection (id),
  -- Read model: how many organizations have an open link to the contact, kept by the projector.
  organization_count integer NOT NULL DEFAULT 0,
  version integer NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  deleted_at timestamptz,
  CONSTRAINT contact_do_not_contact_says_since CHECK (do_not_contact = (do_not_contact_since IS NOT NULL)),
  CONSTRAINT contact_is_not_merged_into_itself CHECK (merged_into_id <> id),
  CONSTRAINT contact_merged_is_archived CHECK (merged_into_id IS NULL OR deleted_at IS NOT NULL)
);
CREATE UNIQUE INDEX contact_stands_for_one_login ON contacts_projection (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX contacts_by_name ON contacts_projection (sort_name, id) WHERE deleted_at IS NULL;
CREATE INDEX contacts_by_updated ON contacts_projection (updated_at, id) WHERE deleted_at IS NULL;
CREATE INDEX contacts_by_owner ON contacts_projection (owner_organization_id, sort_name, id);
CREATE INDEX contacts_shared ON contacts_projection (sort_name, id)
  WHERE deleted_at IS NULL AND organization_count > 1;
CREATE INDEX contacts_by_survivor ON contacts_projection (merged_into_id) WHERE merged_into_id IS NOT NULL;

CREATE TABLE phones_projection (
  id uuid PRIMARY KEY,
  number text NOT NULL CHECK (number <> ''),
  -- Null when the number does not parse; it is then kept as entered, with state 'invalid'.
  e164 text CHECK (e164 ~ '^\+[1-9][0-9]{1,14}$'),
  extension text CHECK (extension ~ '^[0-9]{1,11}$'),
  phone_code_id uuid NOT NULL,
  label text,
  is_sms_capable boolean NOT NULL DEFAULT false,
  is_sms_opted_out boolean NOT NULL DEFAULT false,
  sms_opted_out_at timestamptz,
  verification_state text NOT NULL DEFAULT 'unverified'
    CHECK (verification_state IN ('unverified', 'pending', 'verified', 'bounced', 'invalid')),
  verification_changed_at timestamptz,
  -- The organization that made the row and stewards it while nobody is linked to it; with a link, only links give sight.
  owner_organization_id uuid NOT NULL REFERENCES organizations_projection (id),
  is_linked boolean NOT NULL DEFAULT false,
  version integer NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  deleted_at timestamptz,
  CONSTRAINT phone_opt_out_says_since CHECK (is_sms_opted_out = (sms_opted_out_at IS NOT NULL))
);
CREATE INDEX phones_by_e164 ON phones_projection (e164) WHERE e164 IS NOT NULL;
CREATE INDEX phones_by_owner ON phones_projection (owner_organization_id, id);
CREATE INDEX phones_by_code ON phones_projection (phone_code_id);

CREATE TABLE emails_projection (
  id uuid PRIMARY KEY,
  address text NOT NULL CHECK (address <> ''),
  -- The lower-cased whole with the domain as A-label: the key that two spellings share.
  normalized text NOT NULL CHECK (length(normalized) BETWEEN 3 AND 254),
  email_code_id uuid NOT NULL,
  label text,
  is_notification_enabled boolean NOT NULL DEFAULT true,
  verification_state text NOT NULL DEFAULT 'unverified'
    CHECK (verification_state IN ('unverified', 'pending', 'verified', 'bounced', 'invalid')),
  verification_changed_at timestamptz,
  owner_organization_id uuid NOT NULL REFERENCES organizations_projection (id),
  is_linked boolean NOT NULL DEFAULT false,
  version integer NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  deleted_at timestamptz
);
CREATE INDEX emails_by_normalized ON emails_projection (normalized);
CREATE INDEX emails_by_owner ON emails_projection (owner_organization_id, id);
CREATE INDEX emails_by_code ON emails_projection (email_code_id);

CREATE TABLE addresses_projection (
  id uuid PRIMARY KEY,
  label text,
  type text NOT NULL CHECK (type IN ('physical', 'mailing', 'billing')),
  street1 text NOT NULL CHECK (street1 <> ''),
  street2 text,
  city text NOT NULL CHECK (city <> ''),
  state text,
  postal_code text,
  country text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
  owner_organization_id uuid NOT NULL REFERENCES organizations_projection (id),
  is_linked boolean NOT NULL DEFAULT false,
  version integer NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  deleted_at timestamptz
);
CREATE INDEX addresses_by_owner ON addresses_projection (owner_organization_id, id);
CREATE INDEX addresses_by_label ON addresses_projection (label, id) WHERE label IS NOT NULL;
