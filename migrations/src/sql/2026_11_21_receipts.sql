-- Receipts keep the answer of each mutation of a request, as the text that it was: jsonb would put its keys into another order.
-- Nothing was stored before this.

DROP TABLE command_receipts;
CREATE TABLE command_receipts (
  organization_id uuid NOT NULL,
  subject text NOT NULL,
  idempotency_key text NOT NULL CHECK (length(idempotency_key) BETWEEN 1 AND 255),
  -- The mutation within the request: its response name.
  field text NOT NULL,
  request_hash bytea NOT NULL CHECK (length(request_hash) = 32),
  response text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (organization_id, subject, idempotency_key, field)
);
CREATE INDEX command_receipts_by_age ON command_receipts (created_at);

ALTER TABLE command_receipts ENABLE ROW LEVEL SECURITY;
ALTER TABLE command_receipts FORCE ROW LEVEL SECURITY;
CREATE POLICY steward ON command_receipts TO liaison_owner, liaison_projector, liaison_definer USING (true) WITH CHECK (true);
-- An answer is read again by those who got it: the statement asks for the subject, the database holds the organization.
CREATE POLICY sight ON command_receipts FOR SELECT TO liaison_app USING (organization_id = (SELECT app.organization()));
GRANT SELECT ON command_receipts TO liaison_app;
GRANT SELECT, INSERT, DELETE ON command_receipts TO liaison_projector;
