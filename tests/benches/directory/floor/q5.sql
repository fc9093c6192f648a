SELECT json_build_object('contact', (
  SELECT json_build_object('id', c.id, 'firstName', c.first_name, 'lastName', c.last_name, 'title', c.title, 'organizations', (
    SELECT json_build_object('edges', coalesce(json_agg(json_build_object(
      'type', upper(page.contact_type),
      'isPrimary', page.is_primary,
      'node', json_build_object('id', page.organization_id, 'name', page.name, 'kind', upper(page.kind)))), '[]'))
    FROM (
      SELECT l.contact_type, l.is_primary, l.organization_id, o.name, o.kind
      FROM organization_contacts l JOIN organizations_projection o ON o.id = l.organization_id
      WHERE l.contact_id = c.id AND l.unlinked_at IS NULL
      ORDER BY o.sort_name, l.id LIMIT 50
    ) AS page))
  FROM contacts_projection c WHERE c.id = $1))::text
