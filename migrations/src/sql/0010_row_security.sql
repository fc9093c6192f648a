-- The second wall. Every table is under FORCE ROW LEVEL SECURITY; liaison_app may only read, and only what its claims let it see.
-- liaison_projector writes (a session takes that role for the moment in which it records), nobody updates the log.
-- Each policy costs at most one index probe a row; the claims are sub-selects, so that they are evaluated once a statement.
-- OFFSET 0 keeps an EXISTS a probe: without it the planner, which cannot know how much the organization of a claim sees, reads all of
-- that into a hash table first, for a page of 50 as for everything (5,000 rows for a large organization, several times a statement).

-- The claims of one transaction. Runs with the caller's rights: the partner is found through the caller's own policy.
CREATE FUNCTION app.enter(organization uuid, everything boolean) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog
  AS $$
DECLARE
  partner uuid;
BEGIN
  PERFORM set_config('liaison.organization', organization::text, true);
  PERFORM set_config('liaison.everything', CASE WHEN everything THEN 'on' ELSE 'off' END, true);
  PERFORM set_config('liaison.read_scope', ARRAY[organization]::text, true);
  -- With policies within policies, planning a statement costs several times what running it does: each is planned once a connection.
  PERFORM set_config('plan_cache_mode', 'force_generic_plan', true);
  SELECT referring_partner_id INTO partner FROM public.organizations_projection WHERE id = organization;
  IF partner IS NOT NULL THEN
    PERFORM set_config('liaison.read_scope', ARRAY[organization, partner]::text, true);
  END IF;
END $$;

DO $$
DECLARE
  relation text;
BEGIN
  FOR relation IN SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
      AND c.relname <> 'seaql_migrations'
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', relation);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', relation);
    -- FORCE binds the owner as well: migrations, replay and foreign key checks run as it and must see every row.
    EXECUTE format('CREATE POLICY steward ON %I TO liaison_owner, liaison_projector, liaison_definer USING (true) WITH CHECK (true)', relation);
    IF relation NOT IN ('domain_events', 'installation', 'command_receipts') THEN
      EXECUTE format('GRANT SELECT ON %I TO liaison_app', relation);
      EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO liaison_projector', relation);
    END IF;
  END LOOP;
END $$;
-- A server that signs in as the app alone can see whether the tables are of its version.
GRANT SELECT ON seaql_migrations TO liaison_app;
GRANT SELECT, INSERT ON domain_events TO liaison_projector;
GRANT SELECT ON installation TO liaison_projector, liaison_definer;
GRANT SELECT, INSERT, DELETE ON command_receipts TO liaison_projector;
GRANT SELECT ON domain_events TO liaison_definer;
GRANT SELECT ON organizations_projection, contacts_projection, organization_contacts TO liaison_definer;

-- Nodes.
CREATE POLICY sight ON organizations_projection FOR SELECT TO liaison_app USING (
  (SELECT app.sees_everything())
  OR id = ANY ((SELECT app.read_scope())::uuid[])
  OR referring_partner_id = (SELECT app.organization())
  -- app.enter reads its own row before the scope is known.
  OR id = (SELECT app.organization())
);
CREATE POLICY sight ON facilities_projection FOR SELECT TO liaison_app USING (
  (SELECT app.sees_everything()) OR organization_id = (SELECT app.organization())
);
-- Whoever sees everything asks the contacts themselves; this stands inside the other policies, and each part of it would there too.
CREATE POLICY sight ON contact_sights FOR SELECT TO liaison_app USING (organization_id = (SELECT app.organization()));
CREATE POLICY sight ON method_sights FOR SELECT TO liaison_app USING (organization_id = (SELECT app.organization()));
CREATE POLICY sight ON contacts_projection FOR SELECT TO liaison_app USING (
  (SELECT app.sees_everything())
  OR EXISTS (SELECT FROM contact_sights s
             WHERE s.organization_id = (SELECT app.organization()) AND s.contact_id = contacts_projection.id OFFSET 0)
);

-- Links: of organizations, those in the read scope; of contacts, those of a contact in sight; between methods, both in sight.
CREATE POLICY sight ON organization_contacts FOR SELECT TO liaison_app USING (
  (SELECT app.sees_everything()) OR organization_id = ANY ((SELECT app.read_scope())::uuid[])
);
CREATE POLICY sight ON organization_phones FOR SELECT TO liaison_app USING (
  (SELECT app.sees_everything()) OR organization_id = (SELECT app.organization())
);
CREATE POLICY sight ON organization_emails FOR SELECT TO liaison_app USING (
  (SELECT app.sees_everything()) OR organization_id = (SELECT app.organization())
);
CREATE POLICY sight ON organization_addresses FOR SELECT TO liaison_app USING (
  (SELECT app.sees_everything()) OR organization_id = (SELECT app.organization())
);
CREATE POLICY sight ON contact_phones FOR SELECT TO liaison_app USING (
  (SELECT app.sees_everything())
  OR EXISTS (SELECT FROM contact_sights s
             WHERE s.organization_id = (SELECT app.organization()) AND s.contact_id = contact_phones.contact_id OFFSET 0)
);
CREATE POLICY sight ON contact_emails FOR SELECT TO liaison_app USING (
  (SELECT app.sees_everything())
  OR EXISTS (SELECT FROM contact_sights s
             WHERE s.organization_id = (SELECT app.organization()) AND s.contact_id = contact_emails.contact_id OFFSET 0)
);
CREATE POLICY sight ON contact_addresses FOR SELECT TO liaison_app USING (
  (SELECT app.sees_everything())
  OR EXISTS (SELECT FROM contact_sights s
             WHERE s.organization_id = (SELECT app.organization()) AND s.contact_id = contact_addresses.contact_id OFFSET 0)
);

-- Methods: through an open link, which the projector has turned into a sight, or as its steward while there is none.
CREATE POLICY sight ON phones_projection FOR SELECT TO liaison_app USING (
  (SELECT app.sees_everything())
  OR (owner_organization_id = (SELECT app.organization()) AND NOT is_linked)
  OR EXISTS (SELECT FROM method_sights s
             WHERE s.organization_id = (SELECT app.organization()) AND s.method_id = phones_projection.id OFFSET 0)
);
CREATE POLICY sight ON emails_projection FOR SELECT TO liaison_app USING (
  (SELECT app.sees_everything())
  OR (owner_organization_id = (SELECT app.organization()) AND NOT is_linked)
  OR EXISTS (SELECT FROM method_sights s
             WHERE s.organization_id = (SELECT app.organization()) AND s.method_id = emails_projection.id OFFSET 0)
);
CREATE POLICY sight ON addresses_projection FOR SELECT TO liaison_app USING (
  (SELECT app.sees_everything())
  OR (owner_organization_id = (SELECT app.organization()) AND NOT is_linked)
  OR EXISTS (SELECT FROM method_sights s
             WHERE s.organization_id = (SELECT app.organization()) AND s.method_id = addresses_projection.id OFFSET 0)
);
CREATE POLICY sight ON phone_addresses FOR SELECT TO liaison_app USING (
  (SELECT app.sees_everything())
  OR (EXISTS (SELECT FROM phones_projection p WHERE p.id = phone_addresses.phone_id OFFSET 0)
      AND EXISTS (SELECT FROM addresses_projection a WHERE a.id = phone_addresses.address_id OFFSET 0))
);

-- Codes are everybody's vocabulary; a connection without claims still sees none.
CREATE POLICY sight ON phone_codes FOR SELECT TO liaison_app USING ((SELECT app.organization()) IS NOT NULL);
CREATE POLICY sight ON email_codes FOR SELECT TO liaison_app USING ((SELECT app.organization()) IS NOT NULL);

-- Relationships and records: the organization that recorded them.
CREATE POLICY sight ON contact_personas FOR SELECT TO liaison_app USING (
  (SELECT app.sees_everything()) OR organization_id = (SELECT app.organization())
);
CREATE POLICY sight ON student_relationships FOR SELECT TO liaison_app USING (
  (SELECT app.sees_everything()) OR organization_id = (SELECT app.organization())
);
CREATE POLICY sight ON student_guardian_relationships FOR SELECT TO liaison_app USING (
  (SELECT app.sees_everything()) OR organization_id = (SELECT app.organization())
);
CREATE POLICY sight ON staff_assignments FOR SELECT TO liaison_app USING (
  (SELECT app.sees_everything()) OR recorded_by_organization_id = (SELECT app.organization())
);
CREATE POLICY sight ON referrals FOR SELECT TO liaison_app USING (
  (SELECT app.sees_everything()) OR partner_organization_id = (SELECT app.organization())
);
CREATE POLICY sight ON communications FOR SELECT TO liaison_app USING (
  (SELECT app.sees_everything()) OR organization_id = (SELECT app.organization())
);
CREATE POLICY sight ON duplicate_candidates FOR SELECT TO liaison_app USING ((SELECT app.sees_everything()));
CREATE POLICY sight ON contact_merges FOR SELECT TO liaison_app USING ((SELECT app.sees_everything()));

-- A partner may link its own people to a provider that it referred, but does not see the provider's links. Whether one of its
-- people has that role there already it must know, or linking twice would not be linking once. It learns that and nothing else.
CREATE FUNCTION app.is_shared(contact uuid, organization uuid, of_type text) RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
  AS $$
    SELECT EXISTS (
      SELECT FROM public.organization_contacts l
      JOIN public.organizations_projection o ON o.id = l.organization_id
      JOIN public.contacts_projection c ON c.id = l.contact_id
      WHERE l.contact_id = contact AND l.organization_id = organization AND l.contact_type = of_type
        AND l.unlinked_at IS NULL
        AND o.referring_partner_id = app.organization() AND c.owner_organization_id = app.organization())
  $$;
GRANT CREATE ON SCHEMA app TO liaison_definer;
ALTER FUNCTION app.is_shared OWNER TO liaison_definer;
REVOKE CREATE ON SCHEMA app FROM liaison_definer;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA app FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA app TO liaison_app, liaison_projector, liaison_definer;
