-- Personas and relationships come into the log (domain.md §3, §4): records, each a stream of its own, of the organization that made it.
-- The tables are those of 0005; nothing has written them before.

ALTER TABLE contact_personas ADD COLUMN updated_at timestamptz NOT NULL;

-- An entry concerns every person whom the record names, so that it stands in the history of each of them.
CREATE OR REPLACE FUNCTION app.subjects(stream_type text, stream_id uuid, data jsonb) RETURNS uuid[]
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE stream_type
    WHEN 'link' THEN array_remove(ARRAY[
      (data->>'organization_id')::uuid, (data->>'contact_id')::uuid, (data->>'phone_id')::uuid,
      (data->>'email_id')::uuid, (data->>'address_id')::uuid, (data->>'facility_id')::uuid], NULL)
    WHEN 'record' THEN array_remove(ARRAY[
      stream_id, (data->>'contact_id')::uuid, (data->>'student_id')::uuid, (data->>'related_student_id')::uuid,
      (data->>'guardian_id')::uuid, (data->>'staff_id')::uuid,
      (data->>'organization_id')::uuid, (data->>'facility_id')::uuid], NULL)
    WHEN 'facility' THEN array_remove(ARRAY[stream_id, (data->>'organization_id')::uuid], NULL)
    WHEN 'external_id' THEN ARRAY[(data->>'contact_id')::uuid]
    -- Looking up and exporting concern the directory as a whole.
    WHEN 'directory' THEN '{}'::uuid[]
    ELSE ARRAY[stream_id]
  END;
