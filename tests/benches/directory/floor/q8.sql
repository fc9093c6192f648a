-- A person, a role, a phone and its link: four rows of the normalised tables, and the answer from what was written. Nothing is recorded,
-- locked, compared or kept to be found by.
WITH contact AS (
  INSERT INTO contacts_projection (id, first_name, last_name, sort_name, title, owner_organization_id, edit_policy, version, created_at, updated_at)
  VALUES ($1, $6, $7, lower($7) || E'\x01' || lower($6), $8, $5, 'linked_organizations', 1, now(), now())
  RETURNING *
), role AS (
  INSERT INTO organization_contacts (id, organization_id, contact_id, contact_type, linked_at, linked_by, linked_by_organization_id, version,
                                     sort_name, contact_is_active)
  SELECT $2, $5, contact.id, $9, now(), 'floor', $5, 1, contact.sort_name, true FROM contact
  RETURNING *
), phone AS (
  INSERT INTO phones_projection (id, number, e164, phone_code_id, is_sms_capable, owner_organization_id, is_linked, version, created_at, updated_at)
  SELECT $3, $10, $10, k.id, true, $5, true, 1, now(), now() FROM phone_codes k WHERE k.code = $11
  RETURNING *
), held AS (
  INSERT INTO contact_phones (id, contact_id, phone_id, is_primary, linked_at, linked_by, linked_by_organization_id, version,
                              method_code_id, match_key)
  SELECT $4, contact.id, phone.id, true, now(), 'floor', $5, 1, phone.phone_code_id, phone.e164 FROM contact, phone
  RETURNING *
)
SELECT json_build_object('contactCreate', json_build_object(
  'contact', json_build_object(
    'id', contact.id,
    'name', contact.first_name || ' ' || contact.last_name,
    'version', contact.version,
    'phones', json_build_object('edges', json_build_array(json_build_object(
      'isPrimary', held.is_primary, 'node', json_build_object('e164', phone.e164)))),
    'organizations', json_build_object('edges', json_build_array(json_build_object(
      'type', upper(role.contact_type), 'node', json_build_object('name', o.name))))),
  'position', 'none',
  'userErrors', json_build_array()))::text
FROM contact, role, phone, held, organizations_projection o WHERE o.id = role.organization_id
