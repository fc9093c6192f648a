SELECT json_build_object('organizations', json_build_object('nodes', coalesce(json_agg(json_build_object(
  'id', o.id,
  'name', o.name,
  'contacts', (
    SELECT json_build_object('nodes', coalesce(json_agg(json_build_object(
      'id', page.contact_id,
      'firstName', page.first_name,
      'lastName', page.last_name,
      'phones', (
        SELECT json_build_object('nodes', coalesce(json_agg(json_build_object('number', held.number)), '[]'))
        FROM (
          SELECT p.number
          FROM contact_phones h
          JOIN phones_projection p ON p.id = h.phone_id
          JOIN phone_codes k ON k.id = p.phone_code_id
          WHERE h.contact_id = page.contact_id AND h.unlinked_at IS NULL AND k.code = 'mobile'
          ORDER BY NOT h.is_primary, h.sort_order, h.id LIMIT 3
        ) AS held))), '[]'))
    FROM (
      SELECT l.contact_id, c.first_name, c.last_name
      FROM organization_contacts l
      CROSS JOIN LATERAL (SELECT c.first_name, c.last_name, c.sort_name FROM contacts_projection c WHERE c.id = l.contact_id OFFSET 0) AS c
      WHERE l.organization_id = o.id AND l.unlinked_at IS NULL AND l.contact_type = 'emergency'
      ORDER BY c.sort_name, l.id LIMIT 10
    ) AS page))), '[]')))::text
FROM (
  SELECT o.id, o.name FROM organizations_projection o
  WHERE o.id = ANY ($1) AND o.deleted_at IS NULL
  ORDER BY o.sort_name, o.id LIMIT 50
) AS o
