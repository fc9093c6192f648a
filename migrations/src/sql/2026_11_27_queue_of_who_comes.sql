-- People come one by one, mostly: for one row a trigger of the row costs a quarter of one of the statement, which first collects the rows as a
-- table. Those of changes and of goings stay as they are: they compare what was and what is.
CREATE FUNCTION app.profile_came() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog
  AS $$
BEGIN
  INSERT INTO public.duplicate_stale (contact_id, recounted) VALUES (NEW.contact_id, NEW.marks);
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION app.profile_came FROM PUBLIC;
DROP TRIGGER profiles_come ON contact_profiles;
CREATE TRIGGER profiles_come AFTER INSERT ON contact_profiles FOR EACH ROW EXECUTE FUNCTION app.profile_came();

CREATE OR REPLACE FUNCTION app.profiles_changed() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog
  AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
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
