-- What filters and orders of lists need of the database.

-- Text as people compare it: no case, no accents, white space collapsed. Both sides of a comparison go through it, so that what it makes
-- of a letter need not be what the server makes of it. It is not leakproof, so that no index over it would serve under row security:
-- it is asked of rows that an index has found already. `lower` of the database's own locale may know ASCII alone (the private
-- PostgreSQL has the locale C); the best that this server has is taken once, here. Not strict, so that the planner puts the body in place.
DO $$
DECLARE
  best text;
  home text;
BEGIN
  SELECT quote_ident(n.nspname) INTO home FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'unaccent';
  SELECT quote_ident(collname) INTO best FROM pg_collation
    WHERE collname IN ('und-x-icu', 'pg_c_utf8') AND collencoding IN (-1, pg_char_to_encoding('UTF8'))
    ORDER BY collname = 'und-x-icu' DESC LIMIT 1;
  EXECUTE format($function$
    CREATE FUNCTION app.folded(value text) RETURNS text
      LANGUAGE sql STABLE PARALLEL SAFE
      RETURN btrim(regexp_replace(
        CASE
          WHEN octet_length(value) = length(value) THEN lower(value)
          ELSE lower(%s.unaccent('%s.unaccent'::regdictionary, regexp_replace(normalize(value, NFKD),
                 U&'[\0300-\036F\0483-\0487\0591-\05BD\05BF\05C1\05C2\05C4\05C5\05C7\0610-\061A\064B-\065F\0670\1AB0-\1AFF\1DC0-\1DFF\20D0-\20FF\FE20-\FE2F]',
                 '', 'g')) COLLATE %s)
        END, '\s+', ' ', 'g'))
  $function$, home, home, coalesce(best, '"default"'));
END $$;
REVOKE ALL ON FUNCTION app.folded FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.folded TO liaison_app, liaison_projector, liaison_definer;

-- Read model: when the contact last got a role that it still has, at whatever organization, kept by the projector with the number of
-- those. A tenant, which sees its own links alone, is never told of it.
ALTER TABLE contacts_projection ADD COLUMN last_linked_at timestamptz;
UPDATE contacts_projection c SET last_linked_at = linked.at
  FROM (SELECT l.contact_id, max(l.linked_at) AS at FROM organization_contacts l WHERE l.unlinked_at IS NULL GROUP BY l.contact_id) AS linked
  WHERE linked.contact_id = c.id;

-- The orders of those who see everybody; for a tenant what it sees is sorted.
CREATE INDEX contacts_by_linked ON contacts_projection ((coalesce(last_linked_at, '0001-01-01 00:00:00+00'::timestamptz)), id)
  WHERE deleted_at IS NULL;
CREATE INDEX contacts_by_created ON contacts_projection (created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX contacts_by_organization_count ON contacts_projection (organization_count, id) WHERE deleted_at IS NULL;
CREATE INDEX organizations_by_updated ON organizations_projection (updated_at, id);
