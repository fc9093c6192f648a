-- The truth: the log, append-only, and the receipts that make a retry harmless.

CREATE TABLE domain_events (
  -- The position is (epoch, xid, seq). A follower reads below pg_snapshot_xmin and so never skips a transaction that took its
  -- number early and committed late; a command takes every lock before its first write, so that this order is also the order
  -- in which dependent changes happened, and a replay in it meets no row before its time.
  epoch integer NOT NULL DEFAULT app.epoch(),
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  seq bigint GENERATED ALWAYS AS IDENTITY,
  id uuid NOT NULL,
  stream_type text NOT NULL,
  stream_id uuid NOT NULL,
  stream_version integer NOT NULL CHECK (stream_version > 0),
  event_type text NOT NULL,
  data jsonb NOT NULL,
  metadata jsonb NOT NULL,
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (epoch, xid, seq),
  CONSTRAINT event_id_is_unique UNIQUE (id),
  -- The optimistic lock of a stream.
  CONSTRAINT event_stream_version_is_unique UNIQUE (stream_id, stream_version)
);

CREATE FUNCTION app.refuse_change_of_the_log() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog
  AS $$ BEGIN RAISE EXCEPTION 'domain_events is append-only' USING ERRCODE = 'restrict_violation'; END $$;
CREATE TRIGGER domain_events_are_append_only BEFORE UPDATE OR DELETE ON domain_events
  FOR EACH ROW EXECUTE FUNCTION app.refuse_change_of_the_log();
CREATE TRIGGER domain_events_are_not_truncated BEFORE TRUNCATE ON domain_events
  FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change_of_the_log();

CREATE TABLE command_receipts (
  organization_id uuid NOT NULL,
  subject text NOT NULL,
  idempotency_key text NOT NULL CHECK (length(idempotency_key) BETWEEN 1 AND 255),
  request_hash bytea NOT NULL,
  response jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (organization_id, subject, idempotency_key)
);
CREATE INDEX command_receipts_by_age ON command_receipts (created_at);
