-- What a request sets before it reads, and the order in which lists are kept.

-- The claims of whoever sees everything need no look at a partner. One expression: the planner puts it into the statement that it stands in.
-- The scope of reading holds the organization alone; no policy gets to ask it.
CREATE FUNCTION app.enter_everything(organization uuid) RETURNS text
  LANGUAGE sql VOLATILE
  RETURN set_config('liaison.organization', organization::text, true)
    || set_config('liaison.everything', 'on', true)
    || set_config('liaison.read_scope', '{}', true);
REVOKE ALL ON FUNCTION app.enter_everything(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.enter_everything(uuid) TO liaison_app, liaison_projector, liaison_definer;

-- A page of a person's methods stands in an index as it is shown (`liaison_domain::reading::linked::keys`): nothing is sorted, person by
-- person. It answers as well what the index before it was asked.
CREATE INDEX contact_phones_as_kept ON contact_phones (contact_id, (NOT is_primary), (sort_order::bigint), id) WHERE unlinked_at IS NULL;
CREATE INDEX contact_emails_as_kept ON contact_emails (contact_id, (NOT is_primary), (sort_order::bigint), id) WHERE unlinked_at IS NULL;
CREATE INDEX contact_addresses_as_kept ON contact_addresses (contact_id, (NOT is_primary), (sort_order::bigint), id) WHERE unlinked_at IS NULL;
DROP INDEX contact_addresses_by_contact;
CREATE INDEX phone_addresses_as_kept ON phone_addresses (phone_id, linked_at, id) WHERE unlinked_at IS NULL;
