-- A database has room for a few thousand locks, whoever holds them: of a phone that thousands hold nobody could have changed the number. Where there
-- are more holders than `most`, nothing is locked and this says so; whoever asked holds everything instead (`session::lock`). It learns that
-- there are many and nothing else, and tells it nobody. The function of one argument stays for servers of the version before, beside this one.
CREATE FUNCTION app.lock_holders_of(method uuid, most integer) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
  AS $$
    DECLARE
      keys bigint[];
      key bigint;
    BEGIN
      SELECT array_agg(holder.key ORDER BY holder.key) INTO keys FROM (
        SELECT DISTINCT hashtextextended(name, 0) AS key FROM (
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
        ) AS held (name) LIMIT most + 1
      ) AS holder;
      IF cardinality(keys) > most THEN
        RETURN false;
      END IF;
      FOREACH key IN ARRAY coalesce(keys, '{}') LOOP
        PERFORM pg_advisory_xact_lock(key);
      END LOOP;
      RETURN true;
    END
  $$;
GRANT CREATE ON SCHEMA app TO liaison_definer;
ALTER FUNCTION app.lock_holders_of(uuid, integer) OWNER TO liaison_definer;
REVOKE CREATE ON SCHEMA app FROM liaison_definer;
REVOKE ALL ON FUNCTION app.lock_holders_of(uuid, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.lock_holders_of(uuid, integer) TO liaison_app;

CREATE OR REPLACE FUNCTION app.lock_holders_of(method uuid) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
  AS $$ BEGIN PERFORM app.lock_holders_of(method, 2147483646); END $$;
