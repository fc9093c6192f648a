-- Reaching people: referrals as lists, the whole history of roles, and numbers that take their STOP back.

-- Lists of referrals: everybody's by day, a person's, and by the partner's own word for its client.
CREATE INDEX referrals_by_day ON referrals (referred_on, id);
CREATE INDEX referrals_of_contact_by_day ON referrals (contact_id, referred_on, id) WHERE contact_id IS NOT NULL;
CREATE INDEX referrals_by_client ON referrals (partner_organization_id, client_reference);
CREATE INDEX referrals_by_provider ON referrals (provider_organization_id, referred_on, id);

-- When somebody was added to which organization, and when that ended (US-11): roles that ended are read too.
CREATE INDEX organization_contacts_ever_by_contact ON organization_contacts (contact_id, linked_at, id);
-- Who ended a role is told to those who may be told whose login that was; the log knows it of those that ended before.
ALTER TABLE organization_contacts ADD COLUMN unlinked_by_organization_id uuid;
UPDATE organization_contacts l SET unlinked_by_organization_id = (e.metadata->>'organization_id')::uuid
FROM domain_events e WHERE e.stream_id = l.id AND e.event_type = 'organization.contact.unlinked';

-- What a number said about text messages: since when it wants none (null: it wants them), and when it spoke last. It may say STOP again
-- and again: since when is the first one's time, and what comes later than it was said is compared with the last one's.
ALTER TABLE sms_opt_outs ALTER COLUMN opted_out_at DROP NOT NULL, ADD COLUMN last_word_at timestamptz;
UPDATE sms_opt_outs o SET last_word_at = coalesce(
  (SELECT max(e.recorded_at) FROM domain_events e WHERE e.event_type = 'phone.sms.opted_out' AND e.data->>'e164' = o.e164), o.opted_out_at);
ALTER TABLE sms_opt_outs ALTER COLUMN last_word_at SET NOT NULL,
  ADD CONSTRAINT sms_opt_out_speaks_no_later CHECK (opted_out_at <= last_word_at);
-- What a number said is looked at by whoever records what it says next: messages that come in, and super_admin.
CREATE POLICY sight ON sms_opt_outs FOR SELECT TO liaison_app USING ((SELECT app.sees_everything()));
