-- Extensions, the claims that row security reads, and the one row that describes this installation.

DO $$
BEGIN
  IF (SELECT count(*) FROM pg_roles
      WHERE rolname IN ('liaison_owner', 'liaison_app', 'liaison_projector', 'liaison_definer')) < 4 THEN
    RAISE EXCEPTION 'the roles liaison_owner, liaison_app, liaison_projector and liaison_definer are missing: run "liaison migrate" as a role that may create roles, or let a DBA run roles.sql';
  END IF;
END $$;

CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS unaccent;
-- Exclusion constraints over (uuid, text, daterange) need GiST operator classes for the scalar types.
CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE SCHEMA app;
GRANT USAGE ON SCHEMA app TO liaison_app, liaison_projector, liaison_definer;
GRANT USAGE ON SCHEMA public TO liaison_app, liaison_projector, liaison_definer;

-- Claims are set transaction-locally by app.enter. After the transaction a setting is '' and not null, hence nullif:
-- a connection without claims sees nothing instead of failing on ''::uuid.
-- Bodies in the standard's form are parsed here and now, so that no caller's search_path decides what they mean, and the planner
-- puts them in place: with SET search_path each call cost a function's start, several of them a statement.
CREATE FUNCTION app.organization() RETURNS uuid
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(current_setting('liaison.organization', true), '')::uuid;

CREATE FUNCTION app.sees_everything() RETURNS boolean
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN current_setting('liaison.everything', true) IS NOT DISTINCT FROM 'on';

-- The organizations whose links the viewer reads: its own, and the partner that referred it (domain.md §5).
CREATE FUNCTION app.read_scope() RETURNS uuid[]
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN coalesce(nullif(current_setting('liaison.read_scope', true), '')::uuid[], '{}');

-- One row: which incarnation of the log this is, and the key that makes positions and cursors opaque.
CREATE TABLE installation (
  id boolean PRIMARY KEY DEFAULT true CHECK (id),
  -- Raised when the log was restored into a cluster whose transaction counter is behind it: order is (epoch, xid, seq).
  epoch integer NOT NULL DEFAULT 1 CHECK (epoch BETWEEN 1 AND 65535),
  secret bytea NOT NULL DEFAULT decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'),
  created_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO installation DEFAULT VALUES;

CREATE FUNCTION app.epoch() RETURNS integer
  LANGUAGE sql STABLE SET search_path = pg_catalog
  AS $$ SELECT epoch FROM public.installation $$;
