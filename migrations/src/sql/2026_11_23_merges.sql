-- Merging contacts (domain.md §7): one entry a duplicate, on the survivor's stream, holds everything that moved and what it was.

-- Whose record was merged goes on seeing the person, and whoever sees the survivor sees all who became one: their ids stand for it.
ALTER TABLE contact_sights ADD COLUMN is_merged boolean NOT NULL DEFAULT false,
  DROP CONSTRAINT contact_sight_has_a_ground,
  ADD CONSTRAINT contact_sight_has_a_ground CHECK (is_owner OR is_linked OR is_staff_of_partner OR is_referred OR is_merged);

-- Nothing has written the table before. Of several merges into one contact the last is undone first: the survivor's version tells which.
-- What the merge left of the columns that it wrote is in `moved`, with what they were before.
ALTER TABLE contact_merges ADD COLUMN survivor_version integer NOT NULL,
  ADD CONSTRAINT contact_merge_is_undone_by_somebody CHECK ((reverted_at IS NULL) = (reverted_by IS NULL));
DROP INDEX contact_merges_by_survivor;
CREATE INDEX contact_merges_by_survivor ON contact_merges (survivor_id, survivor_version, id);

-- A merge concerns the survivor and the duplicate, so that it stands in the history of both. A pair that is no duplicate is a stream of
-- its own, which only super_admin sees, as no policy names it.
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
    WHEN 'contact' THEN array_remove(ARRAY[stream_id, (data->>'duplicate_id')::uuid], NULL)
    WHEN 'duplicate' THEN array_remove(ARRAY[(data->>'contact_id')::uuid, (data->>'other_contact_id')::uuid], NULL)
    WHEN 'facility' THEN array_remove(ARRAY[stream_id, (data->>'organization_id')::uuid], NULL)
    WHEN 'external_id' THEN ARRAY[(data->>'contact_id')::uuid]
    -- Looking up and exporting concern the directory as a whole.
    WHEN 'directory' THEN '{}'::uuid[]
    ELSE ARRAY[stream_id]
  END;
