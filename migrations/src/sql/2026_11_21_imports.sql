-- Files that come in: what is to be done with each, how far it came, and what was said of its rows. None of it is a fact: what an import
-- does to the directory stands in the log, and these tables say only that it was done, so that a row is brought in exactly once
-- whatever dies under way.

CREATE TABLE imports (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  -- The login that brought the file, or took it up again last.
  subject text NOT NULL,
  file_name text NOT NULL,
  options jsonb NOT NULL,
  -- Of the file and of the options: the same again is the same import as long as that is not finished. Null while it comes in.
  file_hash bytea CHECK (length(file_hash) = 32),
  -- The header, as the file has it. Its rows wait in import_rows, or in the file, for one that is read from disk.
  header jsonb NOT NULL,
  keeps_rows boolean NOT NULL,
  is_dry_run boolean NOT NULL,
  state text NOT NULL CHECK (state IN ('receiving', 'pending', 'running', 'interrupted', 'done', 'failed', 'cancelled')),
  failure text,
  total integer,
  -- Written in the transaction of what was done to the rows up to here.
  processed integer NOT NULL DEFAULT 0,
  created integer NOT NULL DEFAULT 0,
  updated integer NOT NULL DEFAULT 0,
  unchanged integer NOT NULL DEFAULT 0,
  skipped integer NOT NULL DEFAULT 0,
  failed integer NOT NULL DEFAULT 0,
  -- Who works on it. A worker that finds another's name here has lost it and writes nothing.
  worker uuid,
  created_at timestamptz NOT NULL,
  started_at timestamptz,
  touched_at timestamptz NOT NULL,
  finished_at timestamptz
);
CREATE INDEX imports_by_organization ON imports (organization_id, created_at, id);
CREATE INDEX imports_by_age ON imports (touched_at);
CREATE UNIQUE INDEX import_is_under_way_once ON imports (organization_id, file_hash)
  WHERE state IN ('pending', 'running', 'interrupted');

-- The rows of a file that came over the wire, until they are brought in. They are people's data: nothing of them stays.
CREATE TABLE import_rows (
  import_id uuid NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
  number integer NOT NULL,
  -- The line of the file in which it begins.
  line bigint NOT NULL,
  cells jsonb NOT NULL,
  -- What is wrong with the row as a row, such as a cell too many.
  flaw text,
  PRIMARY KEY (import_id, number)
);

-- What was said of rows: why one did not come in, and for a dry run what would become of it.
CREATE TABLE import_findings (
  import_id uuid NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
  number integer NOT NULL,
  -- A row may have several things wrong with it.
  place integer NOT NULL,
  line bigint NOT NULL,
  kind text NOT NULL CHECK (kind IN ('error', 'preview')),
  column_name text,
  code text,
  message text,
  action text CHECK (action IN ('create', 'update', 'unchanged', 'skip', 'error')),
  contact_id uuid,
  changes jsonb,
  PRIMARY KEY (import_id, kind, number, place)
);

DO $$
DECLARE
  relation text;
BEGIN
  FOREACH relation IN ARRAY ARRAY['imports', 'import_rows', 'import_findings'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', relation);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', relation);
    EXECUTE format('CREATE POLICY steward ON %I TO liaison_owner, liaison_projector, liaison_definer USING (true) WITH CHECK (true)', relation);
    EXECUTE format('GRANT SELECT ON %I TO liaison_app', relation);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO liaison_projector', relation);
  END LOOP;
END $$;
CREATE POLICY sight ON imports FOR SELECT TO liaison_app USING (
  (SELECT app.sees_everything()) OR organization_id = (SELECT app.organization())
);
CREATE POLICY sight ON import_rows FOR SELECT TO liaison_app USING (
  EXISTS (SELECT FROM imports i WHERE i.id = import_rows.import_id OFFSET 0)
);
CREATE POLICY sight ON import_findings FOR SELECT TO liaison_app USING (
  EXISTS (SELECT FROM imports i WHERE i.id = import_findings.import_id OFFSET 0)
);
