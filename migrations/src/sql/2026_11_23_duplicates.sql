-- Duplicates (domain.md §7): what is compared of each person, who waits to be compared, which pairs were found, which of them were dismissed.

-- One row per person who is not archived, kept by the projector from the name and from what open links lead to, as contact_search is.
-- Nobody is named by a constraint: as there, rows come and go with what they follow from.
CREATE TABLE contact_profiles (
  contact_id uuid PRIMARY KEY,
  -- Which rules made it (`duplicate::RULE_SET_VERSION`). What other rules made is not compared, and is made anew at the next start.
  rule_set_version integer NOT NULL,
  -- Normalised once, as the program reads it. It is json and not jsonb, because nothing is looked for within it: it is read as it was written.
  profile json NOT NULL,
  -- Two persons are compared when they share a key.
  keys bigint[] NOT NULL,
  -- The keys that are a value of theirs, of which it counts how many have it: a phone that nine people share says little of any two.
  marks bigint[] NOT NULL
);
-- Without a list of new rows (fastupdate): the check at creation opens an entry for each key, and would read through that list as often.
CREATE INDEX contact_profiles_keys ON contact_profiles USING gin (keys) WITH (fastupdate = off);
-- Rows of other rules are looked for at each start. All rows of a page have the same, so an entry for many pages is enough.
CREATE INDEX contact_profiles_by_rules ON contact_profiles USING brin (rule_set_version);

-- Who changed and waits to be compared: written with the change, taken away with the pairs that were found. A change more is a row more,
-- so that nobody who changes a person waits for the one who compares, and whoever was compared before the change stays in the queue.
CREATE TABLE duplicate_stale (
  turn bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  contact_id uuid NOT NULL,
  since timestamptz NOT NULL DEFAULT now()
);

-- What was found. It follows from the profiles and from how common names and values are, so it is not replayed: a scan finds it again.
-- What a person decided about a pair is a fact, and stands in duplicate_dismissals.
ALTER TABLE duplicate_candidates DROP COLUMN dismissed_at, DROP COLUMN dismissed_by, DROP COLUMN dismiss_reason, DROP COLUMN version;
ALTER TABLE duplicate_candidates RENAME COLUMN created_at TO found_at;
DROP INDEX duplicate_candidates_by_score;
-- Both orders of the list; most pairs are open, so a filter by state finds a page among the first rows.
CREATE INDEX duplicate_candidates_by_score ON duplicate_candidates (score, id);
CREATE INDEX duplicate_candidates_by_time ON duplicate_candidates (found_at, id);

-- Pairs that somebody looked at and said to be two persons: the last word on each pair. It holds until the evidence changes, which is
-- told by the fingerprint: of what spoke for and against, value by value, and not of how common those values are.
CREATE TABLE duplicate_dismissals (
  -- That of the pair, as in duplicate_candidates, and of the pair's stream in the log.
  id uuid PRIMARY KEY,
  contact_id uuid NOT NULL REFERENCES contacts_projection (id),
  other_contact_id uuid NOT NULL REFERENCES contacts_projection (id),
  fingerprint bigint NOT NULL,
  score double precision NOT NULL CHECK (score BETWEEN 0 AND 1),
  rule_set_version integer NOT NULL,
  dismissed_at timestamptz NOT NULL,
  dismissed_by text NOT NULL,
  reason text NOT NULL,
  version integer NOT NULL,
  CONSTRAINT dismissed_pair_is_ordered CHECK (contact_id < other_contact_id),
  CONSTRAINT dismissed_pair_is_unique UNIQUE (contact_id, other_contact_id)
);
CREATE INDEX duplicate_dismissals_by_other ON duplicate_dismissals (other_contact_id);

-- One row: how common names are here, and what the last scan over everybody came to.
CREATE TABLE duplicate_census (
  id boolean PRIMARY KEY DEFAULT true CHECK (id),
  -- The names as the program counts them (`duplicate::Census`); until they are counted here, those that it ships with hold.
  names json,
  counted_at timestamptz,
  -- Whether everybody must be compared again: the profiles were made anew, and nobody knows of whom they differ.
  is_scan_due boolean NOT NULL DEFAULT true,
  scanned_at timestamptz,
  rule_set_version integer,
  -- What the last scan told: persons, pairs, keys that too many share.
  figures json
);
INSERT INTO duplicate_census DEFAULT VALUES;

DO $$
DECLARE
  relation text;
BEGIN
  FOREACH relation IN ARRAY ARRAY['contact_profiles', 'duplicate_stale', 'duplicate_dismissals', 'duplicate_census'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', relation);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', relation);
    EXECUTE format('CREATE POLICY steward ON %I TO liaison_owner, liaison_projector, liaison_definer USING (true) WITH CHECK (true)', relation);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO liaison_projector', relation);
  END LOOP;
  -- What spans tenants is super_admin's alone. Profiles and the queue nobody reads: they name organizations of others.
  FOREACH relation IN ARRAY ARRAY['duplicate_dismissals', 'duplicate_census'] LOOP
    EXECUTE format('GRANT SELECT ON %I TO liaison_app', relation);
    EXECUTE format('CREATE POLICY sight ON %I FOR SELECT TO liaison_app USING ((SELECT app.sees_everything()))', relation);
  END LOOP;
END $$;
GRANT SELECT ON contact_profiles TO liaison_definer;
