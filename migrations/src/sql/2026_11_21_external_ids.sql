-- The ids that other systems have for our people. Each is one organization's own note: what a school's system calls somebody is nobody
-- else's business, and two organizations may use the same system and the same number for two people.

CREATE TABLE contact_external_ids (
  id uuid PRIMARY KEY,
  -- The organization that assigned it, the only one that sees it.
  organization_id uuid NOT NULL REFERENCES organizations_projection (id),
  -- A merge moves it to the survivor.
  contact_id uuid NOT NULL REFERENCES contacts_projection (id),
  source_system text NOT NULL CHECK (source_system <> ''),
  external_id text NOT NULL CHECK (external_id <> ''),
  assigned_at timestamptz NOT NULL,
  assigned_by text NOT NULL,
  version integer NOT NULL
);
-- Per organization: a key that clashes across tenants would tell of a hidden row. Whoever assigns or removes one locks the
-- organization's external ids, so that the log's order is the index's.
CREATE UNIQUE INDEX contact_external_id_is_unique ON contact_external_ids (organization_id, source_system, external_id);
CREATE INDEX contact_external_ids_by_contact ON contact_external_ids (contact_id, organization_id);

ALTER TABLE contact_external_ids ENABLE ROW LEVEL SECURITY;
ALTER TABLE contact_external_ids FORCE ROW LEVEL SECURITY;
CREATE POLICY steward ON contact_external_ids TO liaison_owner, liaison_projector, liaison_definer USING (true) WITH CHECK (true);
CREATE POLICY sight ON contact_external_ids FOR SELECT TO liaison_app USING (
  (SELECT app.sees_everything()) OR organization_id = (SELECT app.organization())
);
GRANT SELECT ON contact_external_ids TO liaison_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON contact_external_ids TO liaison_projector;

-- An external id is a stream of its own, which concerns its contact: other organizations that see the contact see no gap in its versions.
CREATE OR REPLACE FUNCTION app.subjects(stream_type text, stream_id uuid, data jsonb) RETURNS uuid[]
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE stream_type
    WHEN 'link' THEN array_remove(ARRAY[
      (data->>'organization_id')::uuid, (data->>'contact_id')::uuid, (data->>'phone_id')::uuid,
      (data->>'email_id')::uuid, (data->>'address_id')::uuid, (data->>'facility_id')::uuid], NULL)
    WHEN 'record' THEN array_remove(ARRAY[stream_id, (data->>'contact_id')::uuid], NULL)
    WHEN 'facility' THEN array_remove(ARRAY[stream_id, (data->>'organization_id')::uuid], NULL)
    WHEN 'external_id' THEN ARRAY[(data->>'contact_id')::uuid]
    -- Looking up and exporting concern the directory as a whole.
    WHEN 'directory' THEN '{}'::uuid[]
    ELSE ARRAY[stream_id]
  END;

-- Beside the policy of the other streams, which knows none of these: CASE keeps the claims from being read for other entries.
CREATE POLICY sight_of_external_ids ON domain_events FOR SELECT TO liaison_app USING (
  CASE WHEN stream_type = 'external_id' THEN data->>'organization_id' = (SELECT app.organization()::text) ELSE false END
);
