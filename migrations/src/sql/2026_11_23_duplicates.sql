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
-- told by the fingerprint: of what speaks for and against, value by value, and not of how common those values are.
CREATE TABLE duplicate_dismissals (
  -- That of the pair, as in duplicate_candidates, and of the pair's stream in the log.
  id uuid PRIMARY KEY,
  contact_id uuid NOT NULL REFERENCES contacts_projection (id),
  other_contact_id uuid NOT NULL REFERENCES contacts_projection (id),
  fingerprint bigint NOT NULL,
  -- The same of what everybody knows who sees the two, without organizations and logins: a tenant is not told again either.
  seen_fingerprint bigint NOT NULL,
  score double precision NOT NULL CHECK (score BETWEEN 0 AND 1),
  rule_set_version integer NOT NULL,
  dismissed_at timestamptz NOT NULL,
  dismissed_by text NOT NULL,
  reason text NOT NULL,
  version integer NOT NULL,
  CONSTRAINT dismissed_pair_is_ordered CHECK (contact_id < other_contact_id)
);
CREATE INDEX duplicate_dismissals_by_contact ON duplicate_dismissals (contact_id);
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
GRANT SELECT ON contact_profiles, duplicate_dismissals TO liaison_definer;

-- A profile names organizations of others, and `&&` is not leakproof: row security would have its policy asked of everybody first. The app
-- therefore reads no profiles. It asks three functions, which take the scope from the claims and tell: profiles (contact_id, profile), how
-- many have a key (key, sharers), and which of the pairs were dismissed (contact_id, other_contact_id, fingerprint of what both sides see).
-- The index is asked key by key, as far as the key is worth anything: `most` have it, and not one more is looked at. Planner settings are
-- switched on the way, since its guesses about arrays are wrong by orders of magnitude.

-- Whom somebody with these keys may be, among all: for whoever sees everything. Of the values `marked` it is counted who has them, as far
-- as `most_counted`.
CREATE FUNCTION app.profiles_like(wanted bigint[], marked bigint[], most integer, most_counted integer, rules integer)
  RETURNS TABLE (contact_id uuid, profile json, key bigint, sharers bigint)
  LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50 SET search_path = pg_catalog SET jit = off
  SET enable_seqscan = off SET enable_indexscan = off SET enable_indexonlyscan = off
  AS $$
#variable_conflict use_column
BEGIN
  IF NOT app.sees_everything() THEN
    RETURN;
  END IF;
  RETURN QUERY
  WITH met AS MATERIALIZED (
    SELECT found.ids FROM unnest(wanted) AS w (key) CROSS JOIN LATERAL (
      SELECT array_agg(h.contact_id) AS ids FROM (
        SELECT p.contact_id FROM public.contact_profiles p WHERE p.keys @> ARRAY[w.key] LIMIT most + 1) h) found
    WHERE cardinality(found.ids) <= most
  )
  SELECT p.contact_id, p.profile, NULL::bigint, NULL::bigint FROM public.contact_profiles p
  WHERE p.contact_id = ANY (ARRAY(SELECT DISTINCT unnest(met.ids) FROM met)) AND p.rule_set_version = rules
  UNION ALL
  SELECT NULL, NULL, m.key, (
    SELECT count(*) FROM (SELECT FROM public.contact_profiles p WHERE p.keys @> ARRAY[m.key] LIMIT most_counted) h)
  FROM unnest(marked) AS m (key);
END $$;

-- The profiles of these, and how many have the values that they share: for whoever sees everything.
CREATE FUNCTION app.profiles_of(contacts uuid[], most_counted integer, rules integer)
  RETURNS TABLE (contact_id uuid, profile json, key bigint, sharers bigint)
  LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10 SET search_path = pg_catalog SET jit = off
  SET enable_seqscan = off SET enable_indexscan = off SET enable_indexonlyscan = off
  AS $$
#variable_conflict use_column
BEGIN
  IF NOT app.sees_everything() THEN
    RETURN;
  END IF;
  RETURN QUERY
  WITH asked AS MATERIALIZED (
    SELECT p.contact_id, p.profile, p.marks FROM public.contact_profiles p WHERE p.contact_id = ANY (contacts) AND p.rule_set_version = rules
  )
  SELECT a.contact_id, a.profile, NULL::bigint, NULL::bigint FROM asked a
  UNION ALL
  SELECT NULL, NULL, m.key, (
    SELECT count(*) FROM (SELECT FROM public.contact_profiles p WHERE p.keys @> ARRAY[m.key] LIMIT most_counted) h)
  FROM (SELECT k.key FROM asked a CROSS JOIN LATERAL unnest(a.marks) AS k (key) GROUP BY k.key HAVING count(*) > 1) m;
END $$;

-- Whom somebody with these keys may be, among those whom the viewer's organization sees. All of them are looked at, as in a search: neither
-- who is told, nor how many share a key, nor how long it takes depends on anybody else's people.
CREATE FUNCTION app.profiles_in_sight_like(wanted bigint[], most integer, rules integer)
  RETURNS TABLE (contact_id uuid, profile json, key bigint, sharers bigint)
  LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50 SET search_path = pg_catalog SET jit = off SET enable_seqscan = off SET enable_bitmapscan = off
  AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH met AS MATERIALIZED (
    SELECT p.contact_id, p.keys
    FROM (SELECT s.contact_id FROM public.contact_sights s WHERE s.organization_id = app.organization() AND s.is_listed OFFSET 0) s
    CROSS JOIN LATERAL (
      SELECT p.* FROM public.contact_profiles p WHERE p.contact_id = s.contact_id AND p.rule_set_version = rules OFFSET 0) p
    WHERE p.keys && wanted
  ), counted AS MATERIALIZED (
    SELECT k.key, count(*) AS sharers FROM met CROSS JOIN LATERAL unnest(met.keys) AS k (key) WHERE k.key = ANY (wanted) GROUP BY k.key
  )
  SELECT p.contact_id, p.profile, NULL::bigint, NULL::bigint
  FROM met m CROSS JOIN LATERAL (SELECT p.* FROM public.contact_profiles p WHERE p.contact_id = m.contact_id OFFSET 0) p
  WHERE m.keys && ARRAY(SELECT c.key FROM counted c WHERE c.sharers <= most)
  UNION ALL
  SELECT NULL, NULL, c.key, c.sharers FROM counted c;
END $$;

-- As this, for several people who are there already and in sight: their own profiles, those with whom they share a key, how many in sight
-- have each key of theirs, and which of these pairs were dismissed.
CREATE FUNCTION app.profiles_in_sight_of(contacts uuid[], most integer, rules integer)
  RETURNS TABLE (contact_id uuid, profile json, key bigint, sharers bigint, other_contact_id uuid, fingerprint bigint)
  LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 500 SET search_path = pg_catalog SET jit = off SET enable_seqscan = off SET enable_bitmapscan = off
  AS $$
#variable_conflict use_column
DECLARE
  wanted bigint[];
BEGIN
  wanted := ARRAY(
    SELECT DISTINCT k.key FROM public.contact_sights s JOIN public.contact_profiles p ON p.contact_id = s.contact_id
    CROSS JOIN LATERAL unnest(p.keys) AS k (key)
    WHERE s.organization_id = app.organization() AND s.is_listed AND s.contact_id = ANY (contacts) AND p.rule_set_version = rules);
  RETURN QUERY
  WITH seen AS MATERIALIZED (
    SELECT p.contact_id, p.keys
    FROM (SELECT s.contact_id FROM public.contact_sights s WHERE s.organization_id = app.organization() AND s.is_listed OFFSET 0) s
    CROSS JOIN LATERAL (
      SELECT p.* FROM public.contact_profiles p WHERE p.contact_id = s.contact_id AND p.rule_set_version = rules OFFSET 0) p
  ), met AS MATERIALIZED (
    SELECT s.contact_id, k.key FROM seen s CROSS JOIN LATERAL unnest(s.keys) AS k (key) JOIN unnest(wanted) AS w (key) ON w.key = k.key
  ), counted AS MATERIALIZED (
    SELECT met.key, count(*) AS sharers FROM met GROUP BY met.key HAVING count(*) > 1
  ), near AS MATERIALIZED (
    SELECT met.contact_id FROM met JOIN counted c ON c.key = met.key WHERE c.sharers <= most
    UNION
    SELECT s.contact_id FROM seen s WHERE s.contact_id = ANY (contacts)
  )
  SELECT p.contact_id, p.profile, NULL::bigint, NULL::bigint, NULL::uuid, NULL::bigint
  FROM near n CROSS JOIN LATERAL (SELECT p.* FROM public.contact_profiles p WHERE p.contact_id = n.contact_id OFFSET 0) p
  UNION ALL
  SELECT NULL, NULL, c.key, c.sharers, NULL, NULL FROM counted c
  UNION ALL
  SELECT d.contact_id, NULL, NULL, NULL, d.other_contact_id, d.seen_fingerprint
  FROM near n CROSS JOIN LATERAL (
    SELECT d.* FROM public.duplicate_dismissals d WHERE d.contact_id = n.contact_id OFFSET 0) d
  WHERE d.other_contact_id IN (SELECT near.contact_id FROM near);
END $$;

GRANT CREATE ON SCHEMA app TO liaison_definer;
ALTER FUNCTION app.profiles_like OWNER TO liaison_definer;
ALTER FUNCTION app.profiles_of OWNER TO liaison_definer;
ALTER FUNCTION app.profiles_in_sight_like OWNER TO liaison_definer;
ALTER FUNCTION app.profiles_in_sight_of OWNER TO liaison_definer;
REVOKE CREATE ON SCHEMA app FROM liaison_definer;
REVOKE ALL ON FUNCTION app.profiles_like, app.profiles_of, app.profiles_in_sight_like, app.profiles_in_sight_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.profiles_like, app.profiles_of, app.profiles_in_sight_like, app.profiles_in_sight_of TO liaison_app;
