-- A page of people as Q1 finds it, and for each of them two lists; for each phone one more.
SELECT json_build_object('organization', (
  SELECT json_build_object('id', o.id, 'name', o.name, 'contacts', (
    SELECT json_build_object('edges', coalesce(json_agg(json_build_object(
      'type', upper(page.contact_type),
      'node', json_build_object(
        'id', page.contact_id,
        'firstName', page.first_name,
        'lastName', page.last_name,
        'phones', (
          SELECT json_build_object('edges', coalesce(json_agg(json_build_object(
            'isPrimary', held.is_primary,
            'node', json_build_object(
              'number', held.number,
              'code', json_build_object('code', held.code),
              'addresses', (
                SELECT json_build_object('nodes', coalesce(json_agg(json_build_object('street1', place.street1, 'city', place.city)), '[]'))
                FROM (
                  SELECT a.street1, a.city
                  FROM phone_addresses at JOIN addresses_projection a ON a.id = at.address_id
                  WHERE at.phone_id = held.phone_id AND at.unlinked_at IS NULL
                  ORDER BY at.linked_at, at.id LIMIT 5
                ) AS place)))), '[]'))
          FROM (
            SELECT h.phone_id, h.is_primary, p.number, k.code
            FROM contact_phones h
            JOIN phones_projection p ON p.id = h.phone_id
            JOIN phone_codes k ON k.id = p.phone_code_id
            WHERE h.contact_id = page.contact_id AND h.unlinked_at IS NULL
            ORDER BY NOT h.is_primary, h.sort_order, h.id LIMIT 10
          ) AS held),
        'addresses', (
          SELECT json_build_object('edges', coalesce(json_agg(json_build_object(
            'type', upper(held.address_type),
            'node', json_build_object('label', held.label, 'street1', held.street1, 'city', held.city, 'state', held.state,
                                      'postalCode', held.postal_code))), '[]'))
          FROM (
            SELECT h.address_type, a.label, a.street1, a.city, a.state, a.postal_code
            FROM contact_addresses h JOIN addresses_projection a ON a.id = h.address_id
            WHERE h.contact_id = page.contact_id AND h.unlinked_at IS NULL
            ORDER BY NOT h.is_primary, h.sort_order, h.id LIMIT 5
          ) AS held)))), '[]'))
    FROM (
      SELECT l.contact_type, l.contact_id, c.first_name, c.last_name
      FROM organization_contacts l
      CROSS JOIN LATERAL (SELECT c.first_name, c.last_name, c.sort_name FROM contacts_projection c WHERE c.id = l.contact_id OFFSET 0) AS c
      WHERE l.organization_id = o.id AND l.unlinked_at IS NULL
      ORDER BY c.sort_name, l.id LIMIT 50
    ) AS page))
  FROM organizations_projection o WHERE o.id = $1))::text
