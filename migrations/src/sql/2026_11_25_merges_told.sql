-- That two contacts became one, or are two again, stands on the survivor's stream. It concerns both (app.subjects), so whoever sees either is
-- told: after an undoing the owner of the one that is back does not see the survivor, and would never learn that it is back.
-- Beside the policy `sight`. CASE keeps the facts of other entries, and these are long, from being looked into.
CREATE POLICY sight_of_duplicates ON domain_events FOR SELECT TO liaison_app USING (
  CASE WHEN event_type IN ('contact.merged', 'contact.merge.reverted') THEN EXISTS (
    SELECT FROM contact_sights s
    WHERE s.organization_id = (SELECT app.organization()) AND s.contact_id = (domain_events.data->>'duplicate_id')::uuid OFFSET 0)
  ELSE false END
);
