-- Records about a person; each is seen by the organization that made it.

CREATE TABLE referrals (
  id uuid PRIMARY KEY,
  partner_organization_id uuid NOT NULL REFERENCES organizations_projection (id),
  provider_organization_id uuid NOT NULL REFERENCES organizations_projection (id),
  contact_id uuid REFERENCES contacts_projection (id),
  -- The partner's own name for its client: opaque here, never a person's data.
  client_reference text NOT NULL CHECK (client_reference <> ''),
  referred_on date NOT NULL,
  status text NOT NULL CHECK (status IN ('open', 'accepted', 'declined', 'closed')),
  notes text,
  version integer NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CONSTRAINT referral_goes_to_another_organization CHECK (partner_organization_id <> provider_organization_id)
);
CREATE INDEX referrals_by_partner ON referrals (partner_organization_id, referred_on, id);
CREATE INDEX referrals_by_contact ON referrals (contact_id, partner_organization_id) WHERE contact_id IS NOT NULL;

CREATE TABLE communications (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations_projection (id),
  contact_id uuid NOT NULL REFERENCES contacts_projection (id),
  channel text NOT NULL CHECK (channel IN ('email', 'phone', 'sms', 'mail', 'in_person')),
  direction text NOT NULL CHECK (direction IN ('inbound', 'outbound')),
  outcome text NOT NULL CHECK (outcome IN ('done', 'not_done')),
  outcome_reason text,
  -- The method's value at the time: the number that was called, whatever became of it since.
  method_value text,
  subject text,
  summary text,
  occurred_at timestamptz NOT NULL,
  actor text NOT NULL,
  referral_id uuid REFERENCES referrals (id),
  corrects_id uuid REFERENCES communications (id),
  recorded_at timestamptz NOT NULL,
  version integer NOT NULL,
  CONSTRAINT communication_not_done_says_why CHECK (outcome = 'done' OR outcome_reason IS NOT NULL)
);
-- Append-only: a wrong record is corrected by another one, once.
CREATE UNIQUE INDEX communication_is_corrected_once ON communications (corrects_id) WHERE corrects_id IS NOT NULL;
CREATE INDEX communications_by_organization ON communications (organization_id, occurred_at, id);
CREATE INDEX communications_by_contact ON communications (contact_id, organization_id, occurred_at, id);
