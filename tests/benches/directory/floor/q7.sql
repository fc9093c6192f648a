SELECT json_build_object('contacts', json_build_object(
  'nodes', coalesce(json_agg(json_build_object('id', page.id, 'firstName', page.first_name, 'lastName', page.last_name, 'title', page.title))
    FILTER (WHERE page.place <= $1), '[]'),
  'pageInfo', json_build_object('hasNextPage', count(*) > $1, 'endCursor', translate(encode(convert_to(
      '["contact name",[' || to_json((array_agg(page.sort_name))[least(count(*), $1)])
        || '],"' || (array_agg(page.id))[least(count(*), $1)] || '"]', 'UTF8'), 'base64'), E'+/=\n', '-_'))))::text
FROM (
  SELECT listed.*, row_number() OVER () AS place
  FROM (
    SELECT c.id, c.first_name, c.last_name, c.title, c.sort_name
    FROM contacts_projection c
    WHERE c.deleted_at IS NULL AND (c.sort_name, c.id) > ($2, $3)
    ORDER BY c.sort_name, c.id LIMIT $1::bigint + 1
  ) AS listed
) AS page
