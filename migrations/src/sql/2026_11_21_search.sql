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
-- name, begins with a word, and every word begins one of the name; 2: every word begins one of the name; 3: every word begins one of all;
-- 4: every word stands somewhere (of three characters and more; shorter ones must begin a word); 5: as 4, or a slip of a word of the name.
--
-- Without `most` all that are found; with it the `most` that follow a place (all of `at_…` or none), forwards or backwards. How they are
-- looked for depends on how many there are, what is given never does:
--   - whoever sees few has all of them looked at;
--   - few that match, whoever sees them, come out of the index, are placed and sorted;
--   - many are taken band by band until the page is full: along the names, where they lie close; out of the index, when a band has few;
--     the band of family names along its range of names.
CREATE FUNCTION app.search(
    of_table regclass, key text, source text, sight text, sort_name_of text, key_of text,
    words text[], readings integer[], slips text[], most integer, is_backwards boolean, at_band integer, at_name text, at_id uuid)
  RETURNS TABLE (id uuid, band integer, sort_name text)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog SET plan_cache_mode = force_custom_plan SET jit = off SET enable_seqscan = off
  SET enable_indexscan = on SET work_mem = '16MB'
  AS $$
#variable_conflict use_column
DECLARE
  -- What few is: so many rows are read and sorted in a millisecond or two.
  few constant integer := 2000;
  -- How far to walk along the names before the index is asked, and how far where it told that there are many.
  glance constant integer := 200;
  walk constant integer := 20000;
  matches text[] := ARRAY['false', 'false', 'false', 'false', 'false', 'false'];
  family text[] := '{}';
  of_reading text[];
  of_family text;
  reading integer;
  i integer;
  b integer;
  placed text;
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
BEGIN
  IF coalesce(cardinality(words), 0) = 0 OR cardinality(words) <> cardinality(readings) OR cardinality(words) <> cardinality(slips) THEN
    RETURN;
  END IF;
  FOR reading IN SELECT DISTINCT r FROM unnest(readings) AS r ORDER BY r LOOP
    of_reading := ARRAY['true', 'true', 'true', 'true', 'true', 'true'];
    of_family := 'false';
    FOR i IN 1..cardinality(words) LOOP
      CONTINUE WHEN readings[i] <> reading;
      of_reading[1] := of_reading[1] || format(' AND s.names LIKE ''%% ''||($1)[%s]||'' %%''', i);
      of_reading[3] := of_reading[3] || format(' AND s.names LIKE ''%% ''||($1)[%s]||''%%''', i);
      of_reading[4] := of_reading[4] || format(' AND s.document LIKE ''%% ''||($1)[%s]||''%%''', i);
      of_family := of_family || format(' OR s.sort_name LIKE ($1)[%s]||''%%''', i);
      -- Anywhere, where that can be looked up: three characters are one entry of the index.
      placed := format(CASE WHEN length(replace(words[i], '\', '')) < 3 THEN 's.document LIKE ''%% ''||($1)[%s]||''%%'''
                            ELSE 's.document LIKE ''%%''||($1)[%s]||''%%''' END, i);
      of_reading[5] := of_reading[5] || ' AND ' || placed;
      of_reading[6] := of_reading[6] || CASE WHEN slips[i] = '{}' THEN ' AND ' || placed
        ELSE format(' AND (%s OR s.typo_keys && (($2)[%s])::bigint[])', placed, i) END;
    END LOOP;
    FOR i IN 1..cardinality(words) LOOP
      CONTINUE WHEN readings[i] <> reading;
      family := family || format('%s LIKE ($1)[%s]||''%%'' AND %s', sort_name_of, i, of_reading[3]);
    END LOOP;
    of_reading[2] := format('(%s) AND %s', of_family, of_reading[3]);
    FOR b IN 1..6 LOOP
      matches[b] := matches[b] || format(' OR (%s)', of_reading[b]);
    END LOOP;
  END LOOP;
  placed := format('CASE WHEN %s THEN 0 WHEN %s THEN 1 WHEN %s THEN 2 WHEN %s THEN 3 WHEN %s THEN 4 ELSE 5 END',
                   matches[1], matches[2], matches[3], matches[4], matches[5]);

  IF most IS NULL THEN
    RETURN QUERY EXECUTE format('SELECT s.%I, %s, s.sort_name::text FROM %s AND (%s)', key, placed, source, matches[6])
      USING words, slips;
    RETURN;
  END IF;

  IF at_band IS NOT NULL THEN
    beyond := format('(f.band, f.sort_name, f.id) %s ($3, $4 COLLATE "C", $5)', than);
  END IF;

  -- Whoever sees few has them all looked at, and of many a glance is taken.
  EXECUTE format('SELECT count(*) FROM (SELECT FROM %s LIMIT 501) seen', source) INTO in_sight;
  IF in_sight <= 500 THEN
    RETURN QUERY EXECUTE format(
        'WITH f AS MATERIALIZED (SELECT s.%I AS id, %s AS band, s.sort_name FROM %s AND (%s))
         SELECT f.id, f.band, f.sort_name::text FROM f WHERE %s ORDER BY f.band %7$s, f.sort_name %7$s, f.id %7$s LIMIT $6',
        key, placed, source, matches[6], coalesce(nullif(beyond, ''), 'true'), NULL, way)
      USING words, slips, at_band, at_name, at_id, most;
    RETURN;
  END IF;
  EXECUTE format('SELECT count(*) FILTER (WHERE %s) FROM (SELECT s.* FROM %s ORDER BY %s, %s LIMIT %s) s',
                 matches[6], source, sort_name_of, key_of, glance)
    INTO number USING words, slips;
  IF number < glance / 10 THEN
    PERFORM set_config('enable_indexscan', 'off', true);
    EXECUTE format('SELECT array_agg(h.id), array_agg(h.band), array_agg(h.sort_name)
                    FROM (SELECT s.%I AS id, %s AS band, s.sort_name::text FROM %s s WHERE %s LIMIT %s) h',
                   key, placed, of_table, matches[6], few + 1)
      INTO ids, bands, names USING words, slips;
    PERFORM set_config('enable_indexscan', 'on', true);
    IF coalesce(cardinality(ids), 0) <= few THEN
      RETURN QUERY EXECUTE format(
          'SELECT f.id, f.band, f.sort_name FROM unnest($1, $2, $7) AS f (id, band, sort_name)
           WHERE %s AND %s ORDER BY f.band %3$s, f.sort_name COLLATE "C" %3$s, f.id %3$s LIMIT $6',
          sight, coalesce(nullif(beyond, ''), 'true'), way)
        USING ids, bands, at_band, at_name, at_id, most, names;
      RETURN;
    END IF;
  END IF;

  FOR reading IN 0..5 LOOP
    EXIT WHEN given >= most;
    b := CASE WHEN is_backwards THEN 5 - reading ELSE reading END;
    CONTINUE WHEN at_band IS NOT NULL AND CASE WHEN is_backwards THEN b > at_band ELSE b < at_band END;
    beyond := CASE WHEN b = at_band THEN format(' AND (%s, %s) %s ($4 COLLATE "C", $5)', sort_name_of, key_of, than) ELSE '' END;
    number := most - given;
    IF b = 1 THEN
      -- Each word's range of family names is in the order of the list already.
      EXECUTE format('SELECT array_agg(f.id ORDER BY f.sort_name %1$s, f.id %1$s), array_agg(f.sort_name ORDER BY f.sort_name %1$s, f.id %1$s)
                      FROM (SELECT DISTINCT r.id, r.sort_name FROM (%2$s) r ORDER BY r.sort_name %1$s, r.id %1$s LIMIT $6) f', way,
                     (SELECT string_agg(format(
                        '(SELECT %s AS id, %s AS sort_name FROM %s AND %s AND %s = 1%s ORDER BY %s %s, %s %s LIMIT $6)',
                        key_of, sort_name_of, source, condition, placed, beyond, sort_name_of, way, key_of, way), ' UNION ALL ')
                      FROM unnest(family) AS condition))
        INTO ids, names USING words, slips, at_band, at_name, at_id, number;
    ELSE
      FOREACH budget IN ARRAY ARRAY[glance, 0, walk, -1] LOOP
        IF budget > 0 THEN
          EXECUTE format(
              'SELECT array_agg(f.id ORDER BY f.sort_name %1$s, f.id %1$s), array_agg(f.sort_name ORDER BY f.sort_name %1$s, f.id %1$s) FROM (
                 SELECT s.%2$I AS id, s.sort_name FROM (SELECT s.* FROM %3$s%4$s ORDER BY %5$s %1$s, %6$s %1$s LIMIT %7$s) s
                 WHERE (%8$s) AND %9$s = %10$s LIMIT $6) f',
              way, key, source, beyond, sort_name_of, key_of, budget, matches[b + 1], placed, b)
            INTO ids, names USING words, slips, at_band, at_name, at_id, number;
          -- Whoever sees no more than was walked has been walked through.
          EXIT WHEN coalesce(cardinality(ids), 0) >= number;
        ELSE
          PERFORM set_config('enable_indexscan', 'off', true);
          EXECUTE format('SELECT array_agg(h.id), array_agg(h.sort_name)
                          FROM (SELECT s.%I AS id, s.sort_name::text FROM %s s WHERE (%s) AND %s = %s LIMIT %s) h',
                         key, of_table, matches[b + 1], placed, b, CASE budget WHEN 0 THEN (few + 1)::text ELSE 'ALL' END)
            INTO ids, names USING words, slips;
          PERFORM set_config('enable_indexscan', 'on', true);
          CONTINUE WHEN budget = 0 AND coalesce(cardinality(ids), 0) > few;
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
    RETURN QUERY SELECT * FROM app.search('public.contact_search', 'contact_id', 'public.contact_search s WHERE true', 'true',
      's.sort_name', 's.contact_id', words, readings, slips, most, is_backwards, at_band, at_name, at_id);
  ELSIF app.organization() IS NOT NULL THEN
    RETURN QUERY SELECT * FROM app.search('public.contact_search', 'contact_id',
      'public.contact_sights v JOIN public.contact_search s ON s.contact_id = v.contact_id
       WHERE v.is_listed AND v.organization_id = ' || quote_literal(app.organization()),
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
  mine text := quote_literal(app.organization());
BEGIN
  IF app.sees_everything() THEN
    RETURN QUERY SELECT * FROM app.search('public.organization_search', 'organization_id', 'public.organization_search s WHERE true', 'true',
      's.sort_name', 's.organization_id', words, readings, slips, most, is_backwards, at_band, at_name, at_id);
  ELSIF app.organization() IS NOT NULL THEN
    RETURN QUERY SELECT * FROM app.search('public.organization_search', 'organization_id',
      'public.organization_search s WHERE s.organization_id IN (
         SELECT ' || mine || '::uuid UNION SELECT o.id FROM public.organizations_projection o WHERE o.referring_partner_id = ' || mine
        || ' UNION SELECT o.referring_partner_id FROM public.organizations_projection o WHERE o.id = ' || mine || ')',
      'f.id IN (
         SELECT ' || mine || '::uuid UNION SELECT o.id FROM public.organizations_projection o WHERE o.referring_partner_id = ' || mine
        || ' UNION SELECT o.referring_partner_id FROM public.organizations_projection o WHERE o.id = ' || mine || ')',
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
