-- A plain search: the fragment anywhere in a name, an email address or a phone number, by family name. No index of the normalised tables
-- serves ILIKE, so each is read once, and whoever is found is listed.
WITH found AS (
  SELECT c.id FROM contacts_projection c
  WHERE c.first_name || ' ' || c.last_name ILIKE '%' || $1 || '%' OR c.last_name || ', ' || c.first_name ILIKE '%' || $1 || '%'
  UNION
  SELECT h.contact_id FROM contact_emails h JOIN emails_projection e ON e.id = h.email_id
  WHERE h.unlinked_at IS NULL AND e.normalized ILIKE '%' || $1 || '%'
  UNION
  SELECT h.contact_id FROM contact_phones h JOIN phones_projection p ON p.id = h.phone_id
  WHERE h.unlinked_at IS NULL AND p.e164 ILIKE '%' || $1 || '%'
)
SELECT json_build_object('contacts', json_build_object(
  'nodes', coalesce(json_agg(json_build_object('id', page.id, 'firstName', page.first_name, 'lastName', page.last_name, 'title', page.title))
    FILTER (WHERE page.place <= 20), '[]'),
  'pageInfo', json_build_object('hasNextPage', count(*) > 20, 'endCursor', translate(encode(convert_to(
      '["contact name",[' || to_json((array_agg(page.sort_name))[least(count(*), 20)])
        || '],"' || (array_agg(page.id))[least(count(*), 20)] || '"]', 'UTF8'), 'base64'), E'+/=\n', '-_'))))::text
FROM (
  SELECT listed.*, row_number() OVER () AS place
  FROM (
    SELECT c.id, c.first_name, c.last_name, c.title, c.sort_name
    FROM contacts_projection c JOIN found ON found.id = c.id
    WHERE c.deleted_at IS NULL
    ORDER BY c.sort_name, c.id LIMIT 21
  ) AS listed
) AS page
