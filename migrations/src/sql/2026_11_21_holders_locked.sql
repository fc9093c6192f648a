-- The log's order must be the order in which what depends on each other happened, also where only a constraint sees that it does: among
-- an owner's open links each value is unique. Who changes or ends what others hold keeps all of them from giving and taking such links
-- until it is done, those that it does not see included. It learns nothing of them: they come back neither as rows nor as a number.
--
-- The names are those of `session::Lock` and `method::Owner::lock`.
CREATE FUNCTION app.lock_holders_of(method uuid) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
  AS $$
    DECLARE key bigint;
    BEGIN
      FOR key IN
        SELECT DISTINCT hashtextextended(name, 0) FROM (
          SELECT 'node ' || contact_id FROM public.contact_phones WHERE phone_id = method AND unlinked_at IS NULL
          UNION ALL
          SELECT 'node ' || contact_id FROM public.contact_emails WHERE email_id = method AND unlinked_at IS NULL
          UNION ALL
          SELECT 'node ' || contact_id FROM public.contact_addresses WHERE address_id = method AND unlinked_at IS NULL
          UNION ALL
          SELECT 'role phones ' || organization_id FROM public.organization_phones WHERE phone_id = method AND unlinked_at IS NULL
          UNION ALL
          SELECT 'role emails ' || organization_id FROM public.organization_emails WHERE email_id = method AND unlinked_at IS NULL
          UNION ALL
          SELECT 'role addresses ' || organization_id FROM public.organization_addresses WHERE address_id = method AND unlinked_at IS NULL
        ) AS holder (name) ORDER BY 1
      LOOP
        PERFORM pg_advisory_xact_lock(key);
      END LOOP;
    END
  $$;
GRANT CREATE ON SCHEMA app TO liaison_definer;
ALTER FUNCTION app.lock_holders_of OWNER TO liaison_definer;
REVOKE CREATE ON SCHEMA app FROM liaison_definer;
REVOKE ALL ON FUNCTION app.lock_holders_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.lock_holders_of TO liaison_app;
