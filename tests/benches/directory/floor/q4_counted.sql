-- As Q4, and of everybody how many organizations share them.
SELECT json_build_object('contacts', json_build_object(
  'totalCount', (
    SELECT count(*) FROM (
      SELECT l.contact_id
      FROM organization_contacts l JOIN contacts_projection c ON c.id = l.contact_id
      WHERE l.unlinked_at IS NULL AND c.deleted_at IS NULL
      GROUP BY l.contact_id HAVING count(DISTINCT l.organization_id) > 1
    ) AS shared),
  'nodes', coalesce(json_agg(json_build_object('id', page.id, 'firstName', page.first_name, 'lastName', page.last_name,
      'organizationCount', page.organizations)) FILTER (WHERE page.place <= 50), '[]'),
  'pageInfo', json_build_object('hasNextPage', count(*) > 50, 'endCursor', translate(encode(convert_to(
      '["contact name",[' || to_json((array_agg(page.sort_name))[least(count(*), 50)])
        || '],"' || (array_agg(page.id))[least(count(*), 50)] || '"]', 'UTF8'), 'base64'), E'+/=\n', '-_'))))::text
FROM (
  SELECT listed.*, row_number() OVER () AS place
  FROM (
    SELECT c.id, c.first_name, c.last_name, c.sort_name, shared.organizations
    FROM contacts_projection c
    CROSS JOIN LATERAL (
      SELECT count(DISTINCT l.organization_id) AS organizations
      FROM organization_contacts l WHERE l.contact_id = c.id AND l.unlinked_at IS NULL
    ) AS shared
    WHERE c.deleted_at IS NULL AND (c.sort_name, c.id) > ($1, $2) AND shared.organizations > 1
    ORDER BY c.sort_name, c.id LIMIT 51
  ) AS listed
) AS page
