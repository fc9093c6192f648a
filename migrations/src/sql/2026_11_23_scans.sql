-- Who is compared again, and what a pair that was found rests on: what the increments need to give exactly the pairs that a scan gives.

-- What the person shared with others before the change: whoever shares it still has one fewer to share it with. A change more is a row
-- more, so the rows of a person and its profile together name everything that it has shared since it was compared.
ALTER TABLE duplicate_stale ADD COLUMN before bigint[] NOT NULL DEFAULT '{}';
CREATE INDEX duplicate_stale_by_contact ON duplicate_stale (contact_id);

-- The keys that both share and not too many others, and the marks that both share: when one of these comes to be shared by too many, the
-- pair is judged again. A pair that shares what died long ago is none of them.
ALTER TABLE duplicate_candidates ADD COLUMN shared bigint[] NOT NULL DEFAULT '{}';
CREATE INDEX duplicate_candidates_by_shared ON duplicate_candidates USING gin (shared) WITH (fastupdate = off);

-- Moved on by everybody who writes pairs. Whoever finds another number than the one of its snapshot has judged by what is past, and
-- writes nothing.
ALTER TABLE duplicate_census ADD COLUMN generation bigint NOT NULL DEFAULT 0;

-- Whoever writes a profile, the projector or a rebuild, puts the person into the queue. It stands here and not beside each statement,
-- because a person that is forgotten once is never compared again. A replay fills tables of its own, which have no triggers.
CREATE FUNCTION app.profiles_changed() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog
  AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO public.duplicate_stale (contact_id) SELECT contact_id FROM new_rows;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO public.duplicate_stale (contact_id, before) SELECT contact_id, keys || marks FROM old_rows;
  ELSE
    INSERT INTO public.duplicate_stale (contact_id, before)
    SELECT b.contact_id, b.keys || b.marks FROM old_rows b JOIN new_rows a USING (contact_id)
    WHERE (a.rule_set_version, a.profile::text, a.keys, a.marks)
          IS DISTINCT FROM (b.rule_set_version, b.profile::text, b.keys, b.marks);
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

REVOKE ALL ON FUNCTION app.profiles_changed, app.dismissals_changed FROM PUBLIC;
