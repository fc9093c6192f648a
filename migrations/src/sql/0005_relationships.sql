-- Personas and the ADR's three relationships. Windows are inclusive on both ends and open while `ends_on` is null; a wrong row
-- is voided, never deleted. Rows belong to the organization that recorded them: uniqueness and overlap are judged within it,
-- so that no tenant learns of another's families from a refusal.

CREATE TABLE contact_personas (
  id uuid PRIMARY KEY,
  contact_id uuid NOT NULL REFERENCES contacts_projection (id),
  organization_id uuid NOT NULL REFERENCES organizations_projection (id),
  persona text NOT NULL CHECK (persona IN ('student', 'guardian', 'staff')),
  granted_at timestamptz NOT NULL,
  granted_by text NOT NULL,
  revoked_at timestamptz,
  revoked_by text,
  version integer NOT NULL,
  CONSTRAINT contact_persona_period CHECK (revoked_at >= granted_at)
);
CREATE UNIQUE INDEX contact_persona_is_held_once ON contact_personas (contact_id, organization_id, persona) WHERE revoked_at IS NULL;

CREATE TABLE student_relationships (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations_projection (id),
  student_id uuid NOT NULL REFERENCES contacts_projection (id),
  related_student_id uuid NOT NULL REFERENCES contacts_projection (id),
  relationship_label text NOT NULL CHECK (relationship_label <> ''),
  starts_on date NOT NULL,
  ends_on date,
  voided_at timestamptz,
  voided_by text,
  void_reason text,
  version integer NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CONSTRAINT student_relationship_window CHECK (ends_on >= starts_on),
  CONSTRAINT student_is_not_related_to_themselves CHECK (student_id <> related_student_id),
  -- A sibling link is one row read from both sides: the pair counts, not its order.
  CONSTRAINT student_relationship_windows_do_not_overlap EXCLUDE USING gist (
    organization_id WITH =,
    (least(student_id, related_student_id)) WITH =,
    (greatest(student_id, related_student_id)) WITH =,
    relationship_label WITH =,
    daterange(starts_on, ends_on, '[]') WITH &&
  ) WHERE (voided_at IS NULL)
);
CREATE INDEX student_relationships_by_student ON student_relationships (student_id, starts_on);
CREATE INDEX student_relationships_by_related ON student_relationships (related_student_id, starts_on);

CREATE TABLE student_guardian_relationships (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations_projection (id),
  student_id uuid NOT NULL REFERENCES contacts_projection (id),
  guardian_id uuid NOT NULL REFERENCES contacts_projection (id),
  relationship_label text NOT NULL CHECK (relationship_label <> ''),
  is_primary_contact boolean NOT NULL DEFAULT false,
  is_legal_guardian boolean NOT NULL DEFAULT false,
  lives_with boolean NOT NULL DEFAULT false,
  is_emergency_contact boolean NOT NULL DEFAULT false,
  priority integer NOT NULL DEFAULT 0,
  restrictions text,
  starts_on date NOT NULL,
  ends_on date,
  voided_at timestamptz,
  voided_by text,
  void_reason text,
  version integer NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CONSTRAINT student_guardian_window CHECK (ends_on >= starts_on),
  -- An emancipated student may be their own guardian: no self check here.
  CONSTRAINT student_guardian_windows_do_not_overlap EXCLUDE USING gist (
    organization_id WITH =, student_id WITH =, guardian_id WITH =, relationship_label WITH =,
    daterange(starts_on, ends_on, '[]') WITH &&
  ) WHERE (voided_at IS NULL),
  CONSTRAINT student_has_one_primary_contact_at_a_time EXCLUDE USING gist (
    organization_id WITH =, student_id WITH =, daterange(starts_on, ends_on, '[]') WITH &&
  ) WHERE (voided_at IS NULL AND is_primary_contact)
);
CREATE INDEX student_guardians_by_student ON student_guardian_relationships (student_id, starts_on);
CREATE INDEX student_guardians_by_guardian ON student_guardian_relationships (guardian_id, starts_on);

CREATE TABLE staff_assignments (
  id uuid PRIMARY KEY,
  recorded_by_organization_id uuid NOT NULL REFERENCES organizations_projection (id),
  staff_id uuid NOT NULL REFERENCES contacts_projection (id),
  organization_id uuid REFERENCES organizations_projection (id),
  facility_id uuid REFERENCES facilities_projection (id),
  is_primary boolean NOT NULL DEFAULT false,
  starts_on date NOT NULL,
  ends_on date,
  voided_at timestamptz,
  voided_by text,
  void_reason text,
  version integer NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CONSTRAINT staff_assignment_window CHECK (ends_on >= starts_on),
  CONSTRAINT staff_assignment_names_one_workplace CHECK (num_nonnulls(organization_id, facility_id) = 1),
  CONSTRAINT staff_assignment_windows_do_not_overlap EXCLUDE USING gist (
    recorded_by_organization_id WITH =, staff_id WITH =, (coalesce(organization_id, facility_id)) WITH =,
    daterange(starts_on, ends_on, '[]') WITH &&
  ) WHERE (voided_at IS NULL),
  CONSTRAINT staff_has_one_primary_assignment_at_a_time EXCLUDE USING gist (
    recorded_by_organization_id WITH =, staff_id WITH =, daterange(starts_on, ends_on, '[]') WITH &&
  ) WHERE (voided_at IS NULL AND is_primary)
);
CREATE INDEX staff_assignments_by_staff ON staff_assignments (staff_id, starts_on);
CREATE INDEX staff_assignments_by_organization ON staff_assignments (organization_id, starts_on) WHERE organization_id IS NOT NULL;
CREATE INDEX staff_assignments_by_facility ON staff_assignments (facility_id, starts_on) WHERE facility_id IS NOT NULL;
