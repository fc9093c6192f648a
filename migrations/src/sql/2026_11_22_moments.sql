-- A moment of the past is read from temporary tables of one transaction (`asOf`). The database of a private cluster was made without that
-- right. Where another owns the database, its preparation gives the right, and this says nothing.
DO $$
BEGIN
  IF pg_catalog.has_database_privilege(current_user, current_database(), 'TEMPORARY WITH GRANT OPTION') THEN
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO liaison_app', current_database());
  END IF;
END $$;
