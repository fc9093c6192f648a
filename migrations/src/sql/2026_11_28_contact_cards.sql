-- A ready row for each contact: what lists below it mostly show of its phones (and where these stand), email addresses and addresses. Each list
-- is the bytes in which the database sends it below a row (`liaison_domain::reading::cards` says what stands in it and reads it), so that no
-- link is looked for, no code, no place. The projector makes them; the server fills them in for contacts of before at its start.
CREATE TABLE contact_cards (
  contact_id uuid PRIMARY KEY,
  -- By which the parts are laid out: a server reads those of its own layout.
  layout integer NOT NULL,
  phones bytea NOT NULL,
  emails bytea NOT NULL,
  addresses bytea NOT NULL,
  -- The addresses at which the phones stand. Who sees a contact need not see them, so these are asked for; null where there are more than a list
  -- shows.
  places uuid[]
-- Whole in their row, as they are, up to a page: what is compressed and put elsewhere would have to be fetched and unpacked for each row of a
-- list. Some room stays in each page for a change.
) WITH (toast_tuple_target = 8160, fillfactor = 85);

ALTER TABLE contact_cards ENABLE ROW LEVEL SECURITY;
ALTER TABLE contact_cards FORCE ROW LEVEL SECURITY;
CREATE POLICY steward ON contact_cards TO liaison_owner, liaison_projector, liaison_definer USING (true) WITH CHECK (true);
GRANT SELECT ON contact_cards TO liaison_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON contact_cards TO liaison_projector;
-- As the links that it is made of.
CREATE POLICY sight ON contact_cards FOR SELECT TO liaison_app USING (
  (SELECT app.sees_everything())
  OR EXISTS (SELECT FROM contact_sights s
             WHERE s.organization_id = (SELECT app.organization()) AND s.contact_id = contact_cards.contact_id OFFSET 0)
);
