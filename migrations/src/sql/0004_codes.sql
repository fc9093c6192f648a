-- The two code tables. A system-managed code can be relabelled or deactivated, never renamed or deleted; a code in use stays.

CREATE TABLE phone_codes (
  id uuid PRIMARY KEY,
  code text NOT NULL CHECK (code ~ '^[a-z][a-z0-9_]{0,62}$'),
  label text NOT NULL,
  description text,
  sort_order integer NOT NULL DEFAULT 0,
  is_system_managed boolean NOT NULL DEFAULT false,
  is_active boolean NOT NULL DEFAULT true,
  version integer NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  deleted_at timestamptz,
  CONSTRAINT phone_code_is_unique UNIQUE (code),
  CONSTRAINT phone_code_of_the_system_stays CHECK (NOT (is_system_managed AND deleted_at IS NOT NULL))
);

CREATE TABLE email_codes (
  id uuid PRIMARY KEY,
  code text NOT NULL CHECK (code ~ '^[a-z][a-z0-9_]{0,62}$'),
  label text NOT NULL,
  description text,
  sort_order integer NOT NULL DEFAULT 0,
  is_system_managed boolean NOT NULL DEFAULT false,
  is_active boolean NOT NULL DEFAULT true,
  version integer NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  deleted_at timestamptz,
  CONSTRAINT email_code_is_unique UNIQUE (code),
  CONSTRAINT email_code_of_the_system_stays CHECK (NOT (is_system_managed AND deleted_at IS NOT NULL))
);

ALTER TABLE phones_projection ADD CONSTRAINT phone_code_exists FOREIGN KEY (phone_code_id) REFERENCES phone_codes (id);
ALTER TABLE emails_projection ADD CONSTRAINT email_code_exists FOREIGN KEY (email_code_id) REFERENCES email_codes (id);
