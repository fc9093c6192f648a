-- Duplicates: what the scoring found, and what was merged. Only super_admin sees them.

CREATE TABLE duplicate_candidates (
  id uuid PRIMARY KEY,
  contact_id uuid NOT NULL REFERENCES contacts_projection (id),
  other_contact_id uuid NOT NULL REFERENCES contacts_projection (id),
  score double precision NOT NULL CHECK (score BETWEEN 0 AND 1),
  evidence jsonb NOT NULL,
  rule_set_version integer NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'dismissed', 'merged')),
  dismissed_at timestamptz,
  dismissed_by text,
  dismiss_reason text,
  version integer NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  -- A pair is one row, whichever of the two was found first.
  CONSTRAINT duplicate_pair_is_ordered CHECK (contact_id < other_contact_id),
  CONSTRAINT duplicate_pair_is_unique UNIQUE (contact_id, other_contact_id)
);
CREATE INDEX duplicate_candidates_by_score ON duplicate_candidates (state, score DESC, id);
CREATE INDEX duplicate_candidates_by_other ON duplicate_candidates (other_contact_id);

CREATE TABLE contact_merges (
  id uuid PRIMARY KEY,
  survivor_id uuid NOT NULL REFERENCES contacts_projection (id),
  duplicate_id uuid NOT NULL REFERENCES contacts_projection (id),
  moved jsonb NOT NULL,
  reason text,
  merged_at timestamptz NOT NULL,
  merged_by text NOT NULL,
  reverted_at timestamptz,
  reverted_by text,
  version integer NOT NULL,
  CONSTRAINT contact_is_not_merged_with_itself CHECK (survivor_id <> duplicate_id)
);
CREATE UNIQUE INDEX contact_is_merged_once ON contact_merges (duplicate_id) WHERE reverted_at IS NULL;
CREATE INDEX contact_merges_by_survivor ON contact_merges (survivor_id);
