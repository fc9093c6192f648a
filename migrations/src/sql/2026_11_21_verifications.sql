-- Codes that are out (domain.md §3): one row per phone or email address that waits for its code to come back. What was sent is kept as a
-- keyed hash, with the installation's secret: whoever reads the table can try no code.

CREATE TABLE method_verifications (
  method_id uuid PRIMARY KEY,
  code_mac text NOT NULL,
  requested_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  tries_left integer NOT NULL CHECK (tries_left >= 0)
);

ALTER TABLE method_verifications ENABLE ROW LEVEL SECURITY;
ALTER TABLE method_verifications FORCE ROW LEVEL SECURITY;
CREATE POLICY steward ON method_verifications TO liaison_owner, liaison_projector, liaison_definer USING (true) WITH CHECK (true);
-- With the method: a command that checks a code reads it for whoever may change the method.
CREATE POLICY sight ON method_verifications FOR SELECT TO liaison_app USING (
  (SELECT app.sees_everything())
  OR EXISTS (SELECT FROM phones_projection p WHERE p.id = method_verifications.method_id OFFSET 0)
  OR EXISTS (SELECT FROM emails_projection e WHERE e.id = method_verifications.method_id OFFSET 0)
);
GRANT SELECT ON method_verifications TO liaison_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON method_verifications TO liaison_projector;
