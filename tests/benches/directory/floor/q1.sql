-- The people are found by the links of the organization; what they are called, how they are ordered and whether they are active stands
-- with them alone. LATERAL with OFFSET 0 keeps the join a probe for each link, which is the best plan for every organization: the
-- planner, which is told that organizations are large (`organization_contacts`, n_distinct), would read all contacts into a hash table.
SELECT json_build_object('organization', (
  SELECT json_build_object('contacts', (
    SELECT json_build_object(
      'edges', coalesce(json_agg(json_build_object(
          'type', upper(page.contact_type),
          'isPrimary', page.is_primary,
          'node', json_build_object('id', page.contact_id, 'firstName', page.first_name, 'lastName', page.last_name, 'title', page.title)
        )) FILTER (WHERE page.place <= 50), '[]'),
      'pageInfo', json_build_object('hasNextPage', count(*) > 50, 'endCursor', translate(encode(convert_to(
          '["name",[' || to_json((array_agg(page.sort_name))[least(count(*), 50)])
            || '],"' || (array_agg(page.id))[least(count(*), 50)] || '"]', 'UTF8'), 'base64'), E'+/=\n', '-_')))
    FROM (
      SELECT listed.*, row_number() OVER () AS place
      FROM (
        SELECT l.id, l.contact_type, l.is_primary, l.contact_id, c.first_name, c.last_name, c.title, c.sort_name
        FROM organization_contacts l
        CROSS JOIN LATERAL (SELECT c.first_name, c.last_name, c.title, c.sort_name, c.is_active FROM contacts_projection c WHERE c.id = l.contact_id OFFSET 0) AS c
        WHERE l.organization_id = o.id AND l.unlinked_at IS NULL AND l.contact_type = 'billing' AND c.is_active
        ORDER BY c.sort_name, l.id LIMIT 51
      ) AS listed
    ) AS page))
  FROM organizations_projection o WHERE o.id = $1))::text
