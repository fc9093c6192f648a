-- Finding somebody to link who is out of sight (domain.md §5, US-4). Three narrow doors, for whoever has claims: what a card tells of the
-- one person whom a key belongs to, what linking them must know, and how often an organization has looked. None of them gives a list.

-- The card of the one living person whom an open link ties to exactly this key; nobody when there are several or none. What is masked is
-- masked here: the whole address and number stay behind this door.
CREATE FUNCTION app.find_to_link(of_kind text, wanted text, with_extension text)
  RETURNS TABLE (contact_id uuid, name text, title text, masked_email text, masked_phone text, owner_name text)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
  AS $$
    WITH held AS (
      SELECT l.contact_id AS id FROM public.contact_emails l JOIN public.emails_projection m ON m.id = l.email_id
      WHERE of_kind = 'email' AND m.normalized = wanted AND l.unlinked_at IS NULL
      UNION
      SELECT l.contact_id FROM public.contact_phones l JOIN public.phones_projection m ON m.id = l.phone_id
      WHERE of_kind = 'phone' AND m.e164 = wanted AND (with_extension IS NULL OR m.extension = with_extension)
        AND l.unlinked_at IS NULL
    ), living AS (
      SELECT c.* FROM held JOIN public.contacts_projection c ON c.id = held.id WHERE c.deleted_at IS NULL
    )
    SELECT c.id, c.first_name || ' ' || c.last_name, c.title,
           (SELECT CASE WHEN length(parts.local) > 1 THEN left(parts.local, 1) ELSE '' END || '•••@' || parts.domain
            FROM public.contact_emails l JOIN public.emails_projection m ON m.id = l.email_id,
                 LATERAL (SELECT regexp_replace(m.address, '@[^@]*$', '') AS local, regexp_replace(m.address, '^.*@', '') AS domain) parts
            WHERE l.contact_id = c.id AND l.unlinked_at IS NULL AND l.is_primary),
           (SELECT '•••• ' || CASE WHEN length(digits.all_of_them) > 6 THEN right(digits.all_of_them, 4) ELSE '••••' END
            FROM public.contact_phones l JOIN public.phones_projection m ON m.id = l.phone_id,
                 LATERAL (SELECT regexp_replace(coalesce(m.e164, m.number), '[^0-9]', '', 'g') AS all_of_them) digits
            WHERE l.contact_id = c.id AND l.unlinked_at IS NULL AND l.is_primary),
           o.name
    FROM living c JOIN public.organizations_projection o ON o.id = c.owner_organization_id
    WHERE (SELECT count(*) FROM living) = 1
      AND EXISTS (SELECT FROM public.organizations_projection me WHERE me.id = app.organization())
  $$;

-- How many look-ups the organization of the claims has recorded in its stream, and when the ones were that lie as far back as a minute and
-- a day allow: a limit that holds across servers, without counting.
CREATE FUNCTION app.look_ups(stream uuid, a_minute integer, a_day integer)
  RETURNS TABLE (recorded integer, minute_from timestamptz, day_from timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
  AS $$
    WITH own AS NOT MATERIALIZED (
      SELECT e.stream_version, e.recorded_at FROM public.domain_events e
      WHERE e.stream_id = stream AND e.stream_type = 'directory' AND e.metadata->>'organization_id' = app.organization()::text
    ), last AS (
      SELECT coalesce((SELECT stream_version FROM own ORDER BY stream_version DESC LIMIT 1), 0) AS version
    )
    SELECT last.version,
           (SELECT recorded_at FROM own WHERE stream_version = last.version - a_minute + 1),
           (SELECT recorded_at FROM own WHERE stream_version = last.version - a_day + 1)
    FROM last
  $$;

-- What linking somebody must know of them: whose they are, and their version. For an organization that has found somebody within the last
-- day, by its stream of look-ups: which person that was only the token tells, and that it is still good is asked before.
CREATE FUNCTION app.found_contact(contact uuid, stream uuid)
  RETURNS TABLE (owner_organization_id uuid, version integer)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
  AS $$
    SELECT c.owner_organization_id, c.version FROM public.contacts_projection c
    WHERE c.id = contact AND c.deleted_at IS NULL AND EXISTS (
      SELECT FROM (
        SELECT e.data, e.recorded_at FROM public.domain_events e
        WHERE e.stream_id = stream AND e.stream_type = 'directory' AND e.metadata->>'organization_id' = app.organization()::text
        ORDER BY e.stream_version DESC LIMIT 2000
      ) lately WHERE lately.data->'found' = 'true' AND lately.recorded_at > now() - interval '1 day')
  $$;

GRANT SELECT ON contact_emails, contact_phones, emails_projection, phones_projection TO liaison_definer;
GRANT CREATE ON SCHEMA app TO liaison_definer;
ALTER FUNCTION app.find_to_link OWNER TO liaison_definer;
ALTER FUNCTION app.look_ups OWNER TO liaison_definer;
ALTER FUNCTION app.found_contact OWNER TO liaison_definer;
REVOKE CREATE ON SCHEMA app FROM liaison_definer;
REVOKE ALL ON FUNCTION app.find_to_link, app.look_ups, app.found_contact FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.find_to_link, app.look_ups, app.found_contact TO liaison_app;
