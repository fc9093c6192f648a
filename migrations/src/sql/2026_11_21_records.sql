-- Records about a person in the log (domain.md §5, §6): a stream of their own each, which concerns the person and is seen by the
-- organization that made the record alone. What it is for is kept with a communication: an emergency passes do-not-contact.

ALTER TABLE communications ADD COLUMN purpose text NOT NULL DEFAULT 'routine' CHECK (purpose IN ('routine', 'emergency'));
CREATE INDEX communications_by_referral ON communications (referral_id, occurred_at, id) WHERE referral_id IS NOT NULL;

CREATE OR REPLACE FUNCTION app.subjects(stream_type text, stream_id uuid, data jsonb) RETURNS uuid[]
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE stream_type
    WHEN 'link' THEN array_remove(ARRAY[
      (data->>'organization_id')::uuid, (data->>'contact_id')::uuid, (data->>'phone_id')::uuid,
      (data->>'email_id')::uuid, (data->>'address_id')::uuid, (data->>'facility_id')::uuid], NULL)
    WHEN 'record' THEN array_remove(ARRAY[stream_id, (data->>'contact_id')::uuid], NULL)
    WHEN 'facility' THEN array_remove(ARRAY[stream_id, (data->>'organization_id')::uuid], NULL)
    -- Looking up and exporting concern the directory as a whole.
    WHEN 'directory' THEN '{}'::uuid[]
    ELSE ARRAY[stream_id]
  END;

-- Beside the policy `sight`, which knows no such stream.
CREATE POLICY sight_of_records ON domain_events FOR SELECT TO liaison_app USING (
  stream_type = 'record' AND data->>'recorded_by_organization_id' = (SELECT app.organization()::text)
);
