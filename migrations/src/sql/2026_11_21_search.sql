-- What people and organizations are found by: a row each while they are not archived, kept by the projector from the name and from what
-- open links lead to. Folded to ASCII by the program (`domain/src/search`), because in the C locale pg_trgm sees no other letter: words
-- of lower-case letters and digits between blanks, one blank before the first and after the last, so that `% word%` begins a word.
-- `names` has the words of the name, `document` all; `typo_keys` are hashes that two words share when little lies between them.

CREATE TABLE contact_search (
  contact_id uuid PRIMARY KEY,
  sort_name text COLLATE "C" NOT NULL,
  names text COLLATE "C" NOT NULL,
  document text COLLATE "C" NOT NULL,
  typo_keys bigint[] NOT NULL
);
CREATE TABLE organization_search (
  organization_id uuid PRIMARY KEY,
  sort_name text COLLATE "C" NOT NULL,
  names text COLLATE "C" NOT NULL,
  document text COLLATE "C" NOT NULL,
  typo_keys bigint[] NOT NULL
);
CREATE INDEX contact_search_by_name ON contact_search (sort_name, contact_id);
CREATE INDEX organization_search_by_name ON organization_search (sort_name, organization_id);
-- New rows wait in a list that every search reads through, so it is short: 256 kB are read in well under a millisecond, and still one
-- entry of the index is opened once for many rows. Without the list each new person would open some 150 entries by themselves.
CREATE INDEX contact_search_words ON contact_search USING gin (document gin_trgm_ops) WITH (gin_pending_list_limit = 256);
CREATE INDEX contact_search_names ON contact_search USING gin (names gin_trgm_ops) WITH (gin_pending_list_limit = 256);
CREATE INDEX contact_search_slips ON contact_search USING gin (typo_keys) WITH (gin_pending_list_limit = 256);
CREATE INDEX organization_search_words ON organization_search USING gin (document gin_trgm_ops) WITH (gin_pending_list_limit = 256);
CREATE INDEX organization_search_names ON organization_search USING gin (names gin_trgm_ops) WITH (gin_pending_list_limit = 256);
CREATE INDEX organization_search_slips ON organization_search USING gin (typo_keys) WITH (gin_pending_list_limit = 256);

-- Row security would keep the indexes out: LIKE is not leakproof, so the policy would be asked of every row first. The app therefore reads
-- neither table. It asks two functions, which take the scope from the claims and give ids with their places, and what it reads of those
-- ids stands under the policies as ever.
DO $$
DECLARE
  relation text;
BEGIN
  FOREACH relation IN ARRAY ARRAY['contact_search', 'organization_search'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', relation);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', relation);
    EXECUTE format('CREATE POLICY steward ON %I TO liaison_owner, liaison_projector, liaison_definer USING (true) WITH CHECK (true)', relation);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO liaison_projector', relation);
    EXECUTE format('GRANT SELECT ON %I TO liaison_definer', relation);
  END LOOP;
END $$;
GRANT SELECT ON contact_sights, organizations_projection TO liaison_definer;

-- One search. `words` are patterns of LIKE that match nothing but themselves; word i belongs to reading `readings[i]`, and a row is found
-- when all words of one reading are found in it. `slips[i]` are the keys of the words that word i may be a slip of, as an array's text.
-- Nothing of it becomes part of a statement: statements are made of numbers and of what stands here.
--
-- A row's place is (band, sort_name, id). Band 0: every word is a whole word of the name; 1: the sort name, which begins with the family
-- name, begins with a word, and every word begins one of the name; 2: every word begins one of the name; 3: every word stands somewhere in
-- the name; 4: every word begins one of all; 5: every word stands somewhere; 6: as 5, or a slip of a word of the name. What is to stand
-- somewhere within words has three characters or more; what is shorter must begin one.
--
-- Without `most` all that are found; with it the `most` that follow a place (all of `at_...` or none), forwards or backwards. How they are
-- looked for depends on how many there are, what is given never does:
--   - whoever sees few has all of them looked at;
--   - few that match, whoever sees them, come out of the index, are placed and sorted;
--   - what may be a name is looked for among names first, where most of what is typed is found;
--   - many are taken band by band until the page is full: along the names, where they lie close; out of the index, when a band has few;
--     the band of family names along its range of names.
--   - a tenant has all whom it sees looked at, as with few: what it is given, and how soon, depends on nobody else's people.
CREATE FUNCTION app.search(
    of_table regclass, key text, source text, seen text, sight text, sort_name_of text, key_of text,
    words text[], readings integer[], slips text[], most integer, is_backwards boolean, at_band integer, at_name text, at_id uuid)
  RETURNS TABLE (id uuid, band integer, sort_name text)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog SET plan_cache_mode = force_custom_plan SET jit = off SET enable_seqscan = off SET enable_bitmapscan = off
  SET enable_indexscan = on SET enable_indexonlyscan = on SET work_mem = '16MB'
  AS $$
#variable_conflict use_column
DECLARE
  -- What few is: so many rows are read, scattered as they are, and sorted in a few milliseconds.
  few constant integer := 2000;
  few_names constant integer := 1000;
  -- Whoever sees at most so many has all of them looked at at once.
  own constant integer := 500;
  glance constant integer := 200;
  -- How far to walk along the names; 0: ask the index as far as there are few; -1: ask it for all. The words of the name stand in the
  -- index that is walked along; of what else there is each row must be looked at, which costs as much as to look at one that matches.
  along_names constant integer[] := ARRAY[200, 0, 50000, -1];
  along_all constant integer[] := ARRAY[200, 2000, -1];
  matches text[] := ARRAY['false', 'false', 'false', 'false', 'false', 'false', 'false'];
  family text[] := '{}';
  of_reading text[];
  of_family text;
  reading integer;
  i integer;
  b integer;
  anywhere text;
  placed text;
  placed_by_name text;
  look text;
  a_glance text;
  few_of_all text;
  out_of_few text;
  way text := CASE WHEN is_backwards THEN 'DESC' ELSE 'ASC' END;
  than text := CASE WHEN is_backwards THEN '<' ELSE '>' END;
  beyond text := '';
  given integer := 0;
  number integer;
  in_sight integer;
  ids uuid[];
  bands integer[];
  names text[];
  budget integer;
  is_of_names boolean;
  names_first boolean;
BEGIN
  IF coalesce(cardinality(words), 0) = 0 OR cardinality(words) <> cardinality(readings) OR cardinality(words) <> cardinality(slips) THEN
    RETURN;
  END IF;
  FOR reading IN SELECT DISTINCT r FROM unnest(readings) AS r ORDER BY r LOOP
    of_reading := ARRAY['true', 'true', 'true', 'true', 'true', 'true', 'true'];
    of_family := 'false';
    FOR i IN 1..cardinality(words) LOOP
      CONTINUE WHEN readings[i] <> reading;
      of_reading[1] := of_reading[1] || format(' AND s.names LIKE ''%% ''||($1)[%s]||'' %%''', i);
      of_reading[3] := of_reading[3] || format(' AND s.names LIKE ''%% ''||($1)[%s]||''%%''', i);
      of_reading[5] := of_reading[5] || format(' AND s.document LIKE ''%% ''||($1)[%s]||''%%''', i);
      of_family := of_family || format(' OR s.sort_name LIKE ($1)[%s]||''%%''', i);
      -- Anywhere, where that can be looked up: three characters are one entry of the index.
      anywhere := CASE WHEN length(replace(words[i], '\', '')) < 3 THEN 's.%I LIKE ''%% ''||($1)[%s]||''%%'''
                       ELSE 's.%I LIKE ''%%''||($1)[%s]||''%%''' END;
      of_reading[4] := of_reading[4] || ' AND ' || format(anywhere, 'names', i);
      anywhere := format(anywhere, 'document', i);
      of_reading[6] := of_reading[6] || ' AND ' || anywhere;
      of_reading[7] := of_reading[7] || CASE WHEN slips[i] = '{}' THEN ' AND ' || anywhere
        ELSE format(' AND (%s OR s.typo_keys && (($2)[%s])::bigint[])', anywhere, i) END;
    END LOOP;
    FOR i IN 1..cardinality(words) LOOP
      CONTINUE WHEN readings[i] <> reading;
      family := family || format('%s LIKE ($1)[%s]||''%%'' AND %s', sort_name_of, i, of_reading[3]);
    END LOOP;
    of_reading[2] := format('(%s) AND %s', of_family, of_reading[3]);
    FOR b IN 1..7 LOOP
      matches[b] := matches[b] || format(' OR (%s)', of_reading[b]);
    END LOOP;
  END LOOP;
  placed_by_name := format('CASE WHEN %s THEN 0 WHEN %s THEN 1 WHEN %s THEN 2 WHEN %s THEN 3', matches[1], matches[2], matches[3], matches[4]);
  placed := format('%s WHEN %s THEN 4 WHEN %s THEN 5 ELSE 6 END', placed_by_name, matches[5], matches[6]);
  placed_by_name := placed_by_name || ' ELSE 4 END';

  IF at_band IS NOT NULL THEN
    beyond := format('(f.band, f.sort_name, f.id) %s ($3, $4 COLLATE "C", $5)', than);
  END IF;

  -- Whoever sees few has them all looked at, one by one: OFFSET 0 keeps the planner from the index, which knows everybody's.
  look := format(
    'WITH f AS MATERIALIZED (SELECT s.%I AS id, %s AS band, s.sort_name FROM (SELECT s.* FROM %s OFFSET 0) s WHERE %s)
     SELECT f.id, f.band, f.sort_name::text FROM f WHERE %s ORDER BY f.band %6$s, f.sort_name %6$s, f.id %6$s LIMIT $6',
    key, placed, source, matches[7], coalesce(nullif(beyond, ''), 'true'), way);
  EXECUTE format('SELECT count(*) FROM (SELECT FROM %s LIMIT %s) seen', seen, own + 1) INTO in_sight;
  few_of_all := format('SELECT array_agg(h.id), array_agg(h.band), array_agg(h.sort_name)
                        FROM (SELECT s.%I AS id, %s AS band, s.sort_name::text FROM %s s WHERE %s LIMIT %s) h',
                       key, placed, of_table, matches[7], few + 1);
  out_of_few := format('SELECT f.id, f.band, f.sort_name FROM unnest($1, $2, $7) AS f (id, band, sort_name)
                        WHERE %s AND %s ORDER BY f.band %3$s, f.sort_name COLLATE "C" %3$s, f.id %3$s LIMIT $6',
                       sight, coalesce(nullif(beyond, ''), 'true'), way);
  -- So is a tenant, whatever it sees: an index of everybody's rows would take as long as others have people who match.
  IF sight <> 'true' OR in_sight <= own THEN
    RETURN QUERY EXECUTE look USING words, slips, at_band, at_name, at_id, most;
    RETURN;
  END IF;
  -- Of many a glance is taken: what is in every tenth row is not worth asking the index for. Who wants all of them asks it anyway.
  names_first := sight = 'true' AND NOT is_backwards AND most IS NOT NULL AND words <@ ARRAY(SELECT w FROM unnest(words) AS w WHERE w ~ '^[a-z]+$');
  a_glance := format('SELECT count(*) FILTER (WHERE %s) FROM (SELECT s.* FROM %s ORDER BY %s, %s LIMIT %s) s',
                     matches[7], source, sort_name_of, key_of, glance);
  IF names_first IS NOT TRUE THEN
    number := 0;
    IF most IS NOT NULL THEN
      EXECUTE a_glance INTO number USING words, slips;
    END IF;
    IF number < glance / 10 THEN
      PERFORM set_config('enable_bitmapscan', 'on', true), set_config('enable_indexscan', 'off', true), set_config('enable_indexonlyscan', 'off', true);
      EXECUTE few_of_all INTO ids, bands, names USING words, slips;
      PERFORM set_config('enable_bitmapscan', 'off', true), set_config('enable_indexscan', 'on', true), set_config('enable_indexonlyscan', 'on', true);
      IF coalesce(cardinality(ids), 0) <= few THEN
        RETURN QUERY EXECUTE out_of_few USING ids, bands, at_band, at_name, at_id, most, names;
        RETURN;
      END IF;
    END IF;
  END IF;
  IF most IS NULL THEN
    PERFORM set_config('enable_bitmapscan', 'on', true);
    RETURN QUERY EXECUTE format('SELECT s.%I, %s, s.sort_name::text FROM %s s WHERE %s', key, placed, of_table, matches[7]) USING words, slips;
    RETURN;
  END IF;

  FOR reading IN 0..6 LOOP
    EXIT WHEN given >= most;
    b := CASE WHEN is_backwards THEN 6 - reading ELSE reading END;
    IF b = 4 AND names_first THEN
      -- The page is not full of names. If there are few beside them, all else that is found is known at once.
      EXECUTE a_glance INTO number USING words, slips;
      IF number < glance / 10 THEN
        PERFORM set_config('enable_bitmapscan', 'on', true), set_config('enable_indexscan', 'off', true), set_config('enable_indexonlyscan', 'off', true);
        EXECUTE few_of_all INTO ids, bands, names USING words, slips;
        PERFORM set_config('enable_bitmapscan', 'off', true), set_config('enable_indexscan', 'on', true), set_config('enable_indexonlyscan', 'on', true);
        IF coalesce(cardinality(ids), 0) <= few THEN
          RETURN QUERY EXECUTE replace(out_of_few, 'WHERE', 'WHERE f.band >= 4 AND')
            USING ids, bands, at_band, at_name, at_id, most - given, names;
          RETURN;
        END IF;
      END IF;
    END IF;
    CONTINUE WHEN at_band IS NOT NULL AND CASE WHEN is_backwards THEN b > at_band ELSE b < at_band END;
    beyond := CASE WHEN b = at_band THEN format(' AND (%s, %s) %s ($4 COLLATE "C", $5)', sort_name_of, key_of, than) ELSE '' END;
    number := most - given;
    IF b = 1 THEN
      -- Each word's range of family names is in the order of the list already.
      EXECUTE format('SELECT array_agg(f.id ORDER BY f.sort_name %1$s, f.id %1$s), array_agg(f.sort_name ORDER BY f.sort_name %1$s, f.id %1$s)
                      FROM (SELECT DISTINCT r.id, r.sort_name FROM (%2$s) r ORDER BY r.sort_name %1$s, r.id %1$s LIMIT $6) f', way,
                     (SELECT string_agg(format(
                        '(SELECT %s AS id, %s AS sort_name FROM %s AND %s AND %s = 1%s ORDER BY %s %s, %s %s LIMIT $6)',
                        key_of, sort_name_of, source, condition, placed_by_name, beyond, sort_name_of, way, key_of, way), ' UNION ALL ')
                      FROM unnest(family) AS condition))
        INTO ids, names USING words, slips, at_band, at_name, at_id, number;
    ELSE
      is_of_names := b <= 3;
      FOREACH budget IN ARRAY CASE WHEN is_of_names THEN along_names ELSE along_all END LOOP
        IF budget > 0 THEN
          EXECUTE format(
              'SELECT array_agg(f.id ORDER BY f.sort_name %1$s, f.id %1$s), array_agg(f.sort_name ORDER BY f.sort_name %1$s, f.id %1$s) FROM (
                 SELECT s.%2$I AS id, s.sort_name FROM (SELECT %11$s FROM %3$s%4$s ORDER BY %5$s %1$s, %6$s %1$s LIMIT %7$s) s
                 WHERE (%8$s) AND %9$s = %10$s LIMIT $6) f',
              way, key, source, beyond, sort_name_of, key_of, budget, matches[b + 1],
              CASE WHEN is_of_names THEN placed_by_name ELSE placed END, b,
              CASE WHEN is_of_names THEN format('s.%I, s.sort_name, s.names', key) ELSE 's.*' END)
            INTO ids, names USING words, slips, at_band, at_name, at_id, number;
          EXIT WHEN coalesce(cardinality(ids), 0) >= number;
        ELSE
          PERFORM set_config('enable_bitmapscan', 'on', true), set_config('enable_indexscan', 'off', true), set_config('enable_indexonlyscan', 'off', true);
          EXECUTE format('SELECT array_agg(h.id), array_agg(h.sort_name)
                          FROM (SELECT s.%I AS id, s.sort_name::text FROM %s s WHERE (%s) AND %s = %s LIMIT %s) h',
                         key, of_table, matches[b + 1], CASE WHEN is_of_names THEN placed_by_name ELSE placed END, b, CASE budget WHEN 0 THEN (few_names + 1)::text ELSE 'ALL' END)
            INTO ids, names USING words, slips;
          PERFORM set_config('enable_bitmapscan', 'off', true), set_config('enable_indexscan', 'on', true), set_config('enable_indexonlyscan', 'on', true);
          CONTINUE WHEN budget = 0 AND coalesce(cardinality(ids), 0) > few_names;
          EXECUTE format(
              'SELECT array_agg(f.id ORDER BY f.sort_name COLLATE "C" %1$s, f.id %1$s), array_agg(f.sort_name ORDER BY f.sort_name COLLATE "C" %1$s, f.id %1$s)
               FROM (SELECT f.id, f.sort_name FROM unnest($1, $2) AS f (id, sort_name)
                     WHERE %2$s%3$s ORDER BY f.sort_name COLLATE "C" %1$s, f.id %1$s LIMIT $6) f',
              way, sight, CASE WHEN beyond = '' THEN '' ELSE format(' AND (f.sort_name, f.id) %s ($4 COLLATE "C", $5)', than) END)
            INTO ids, names USING ids, names, at_band, at_name, at_id, number;
          EXIT;
        END IF;
      END LOOP;
    END IF;
    RETURN QUERY SELECT f.id, b, f.sort_name FROM unnest(ids, names) AS f (id, sort_name);
    given := given + coalesce(cardinality(ids), 0);
  END LOOP;
END $$;

-- The people whom the viewer sees.
CREATE FUNCTION app.search_contacts(
    words text[], readings integer[], slips text[], most integer, is_backwards boolean, at_band integer, at_name text, at_id uuid)
  RETURNS TABLE (contact_id uuid, band integer, sort_name text)
  LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 SET search_path = pg_catalog
  AS $$
BEGIN
  IF app.sees_everything() THEN
    RETURN QUERY SELECT * FROM app.search('public.contact_search', 'contact_id', 'public.contact_search s WHERE true', 'public.contact_search s', 'true',
      's.sort_name', 's.contact_id', words, readings, slips, most, is_backwards, at_band, at_name, at_id);
  ELSIF app.organization() IS NOT NULL THEN
    RETURN QUERY SELECT * FROM app.search('public.contact_search', 'contact_id',
      'public.contact_sights v JOIN public.contact_search s ON s.contact_id = v.contact_id
       WHERE v.is_listed AND v.organization_id = ' || quote_literal(app.organization()),
      'public.contact_sights v WHERE v.is_listed AND v.organization_id = ' || quote_literal(app.organization()),
      'EXISTS (SELECT FROM public.contact_sights v WHERE v.is_listed AND v.contact_id = f.id AND v.organization_id = '
        || quote_literal(app.organization()) || ' OFFSET 0)',
      'v.sort_name', 'v.contact_id', words, readings, slips, most, is_backwards, at_band, at_name, at_id);
  END IF;
END $$;

-- The organizations that the viewer sees: its own, the partner that brought it, the providers that it brought.
CREATE FUNCTION app.search_organizations(
    words text[], readings integer[], slips text[], most integer, is_backwards boolean, at_band integer, at_name text, at_id uuid)
  RETURNS TABLE (organization_id uuid, band integer, sort_name text)
  LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 SET search_path = pg_catalog
  AS $$
DECLARE
  mine text := format(' IN (SELECT %1$L::uuid UNION SELECT o.id FROM public.organizations_projection o WHERE o.referring_partner_id = %1$L
    UNION SELECT o.referring_partner_id FROM public.organizations_projection o WHERE o.id = %1$L)', app.organization());
BEGIN
  IF app.sees_everything() THEN
    RETURN QUERY SELECT * FROM app.search('public.organization_search', 'organization_id', 'public.organization_search s WHERE true', 'public.organization_search s', 'true',
      's.sort_name', 's.organization_id', words, readings, slips, most, is_backwards, at_band, at_name, at_id);
  ELSIF app.organization() IS NOT NULL THEN
    RETURN QUERY SELECT * FROM app.search('public.organization_search', 'organization_id',
      'public.organization_search s WHERE s.organization_id' || mine, 'public.organization_search s WHERE s.organization_id' || mine, 'f.id' || mine,
      's.sort_name', 's.organization_id', words, readings, slips, most, is_backwards, at_band, at_name, at_id);
  END IF;
END $$;

GRANT CREATE ON SCHEMA app TO liaison_definer;
ALTER FUNCTION app.search OWNER TO liaison_definer;
ALTER FUNCTION app.search_contacts OWNER TO liaison_definer;
ALTER FUNCTION app.search_organizations OWNER TO liaison_definer;
REVOKE CREATE ON SCHEMA app FROM liaison_definer;
REVOKE ALL ON FUNCTION app.search, app.search_contacts, app.search_organizations FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.search_contacts, app.search_organizations TO liaison_app;
