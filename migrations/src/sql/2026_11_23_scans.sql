-- Who is compared again, and what a pair that was found rests on: what the increments need to give exactly the pairs that a scan gives.

-- What the change did to others: keys that the person has no more, which they may now be few enough to meet under, and values (`marks`)
-- that one more or one fewer has, so that they tell more or less.
ALTER TABLE duplicate_stale
  ADD COLUMN lost bigint[] NOT NULL DEFAULT '{}',
  ADD COLUMN recounted bigint[] NOT NULL DEFAULT '{}';
CREATE INDEX duplicate_stale_by_contact ON duplicate_stale (contact_id);
GRANT SELECT ON duplicate_stale TO liaison_app;
CREATE POLICY sight ON duplicate_stale FOR SELECT TO liaison_app USING ((SELECT app.sees_everything()));

-- The keys under which the two meet: those that both have, and not too many others. When too many come to have one, the pairs that rest on
-- it are judged again.
ALTER TABLE duplicate_candidates ADD COLUMN shared bigint[] NOT NULL DEFAULT '{}';
CREATE INDEX duplicate_candidates_by_shared ON duplicate_candidates USING gin (shared) WITH (fastupdate = off);

-- Moved on by everybody who writes pairs. Whoever finds another number than the one of its snapshot has judged by what is past, and
-- writes nothing.
ALTER TABLE duplicate_census ADD COLUMN generation bigint NOT NULL DEFAULT 0;

-- Whoever writes a profile, the projector or a rebuild, puts the person into the queue. It stands here and not beside each statement,
-- because a person that is forgotten once is never compared again. A replay fills tables of its own, which have no triggers.
CREATE FUNCTION app.but_not(bigint[], bigint[]) RETURNS bigint[]
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN ARRAY(SELECT unnest($1) EXCEPT SELECT unnest($2));

CREATE FUNCTION app.profiles_changed() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog
  AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO public.duplicate_stale (contact_id, recounted) SELECT contact_id, marks FROM new_rows;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO public.duplicate_stale (contact_id, lost, recounted) SELECT contact_id, keys, marks FROM old_rows;
  ELSE
    INSERT INTO public.duplicate_stale (contact_id, lost, recounted)
    SELECT o.contact_id, app.but_not(o.keys, n.keys),
           app.but_not(o.marks, n.marks) || app.but_not(n.marks, o.marks)
    FROM old_rows o JOIN new_rows n USING (contact_id)
    WHERE (o.rule_set_version, o.profile::text, o.keys, o.marks)
          IS DISTINCT FROM (n.rule_set_version, n.profile::text, n.keys, n.marks);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER profiles_come AFTER INSERT ON contact_profiles REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION app.profiles_changed();
CREATE TRIGGER profiles_change AFTER UPDATE ON contact_profiles REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION app.profiles_changed();
CREATE TRIGGER profiles_go AFTER DELETE ON contact_profiles REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION app.profiles_changed();

-- A pair that was dismissed is judged again, so that its row says so whoever wrote it meanwhile.
CREATE FUNCTION app.dismissals_changed() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog
  AS $$
BEGIN
  INSERT INTO public.duplicate_stale (contact_id) SELECT contact_id FROM changed;
  RETURN NULL;
END $$;
CREATE TRIGGER dismissals_come AFTER INSERT ON duplicate_dismissals REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION app.dismissals_changed();
CREATE TRIGGER dismissals_change AFTER UPDATE ON duplicate_dismissals REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION app.dismissals_changed();
CREATE TRIGGER dismissals_go AFTER DELETE ON duplicate_dismissals REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION app.dismissals_changed();

REVOKE ALL ON FUNCTION app.profiles_changed, app.dismissals_changed, app.but_not FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.but_not TO liaison_projector;
