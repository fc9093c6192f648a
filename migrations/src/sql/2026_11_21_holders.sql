-- What changing a phone, email or address needs to know of rows that the one who changes it does not see: how many links hold it,
-- and which numbers want no text messages.

-- A method that others hold on to is not deleted, and its deleter is told how many they are and not who. It learns that of what it
-- sees and of nothing else: of any other id this says 0, as of one that nothing has.
CREATE FUNCTION app.open_links_to(method uuid) RETURNS bigint
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
  AS $$
    SELECT CASE WHEN app.sees_everything()
        OR EXISTS (SELECT FROM public.method_sights s WHERE s.organization_id = app.organization() AND s.method_id = method)
        OR EXISTS (SELECT FROM public.phones_projection m WHERE m.id = method AND m.owner_organization_id = app.organization() AND NOT m.is_linked)
        OR EXISTS (SELECT FROM public.emails_projection m WHERE m.id = method AND m.owner_organization_id = app.organization() AND NOT m.is_linked)
        OR EXISTS (SELECT FROM public.addresses_projection m WHERE m.id = method AND m.owner_organization_id = app.organization() AND NOT m.is_linked)
      THEN
        (SELECT count(*) FROM public.contact_phones l WHERE l.phone_id = method AND l.unlinked_at IS NULL)
        + (SELECT count(*) FROM public.organization_phones l WHERE l.phone_id = method AND l.unlinked_at IS NULL)
        + (SELECT count(*) FROM public.contact_emails l WHERE l.email_id = method AND l.unlinked_at IS NULL)
        + (SELECT count(*) FROM public.organization_emails l WHERE l.email_id = method AND l.unlinked_at IS NULL)
        + (SELECT count(*) FROM public.contact_addresses l WHERE l.address_id = method AND l.unlinked_at IS NULL)
        + (SELECT count(*) FROM public.organization_addresses l WHERE l.address_id = method AND l.unlinked_at IS NULL)
        + (SELECT count(*) FROM public.phone_addresses l WHERE l.phone_id = method AND l.unlinked_at IS NULL)
        + (SELECT count(*) FROM public.phone_addresses l WHERE l.address_id = method AND l.unlinked_at IS NULL)
      ELSE 0 END
  $$;
GRANT SELECT ON method_sights, phones_projection, emails_projection, addresses_projection, contact_phones, organization_phones,
  contact_emails, organization_emails, contact_addresses, organization_addresses, phone_addresses TO liaison_definer;
GRANT CREATE ON SCHEMA app TO liaison_definer;
ALTER FUNCTION app.open_links_to OWNER TO liaison_definer;
REVOKE CREATE ON SCHEMA app FROM liaison_definer;
REVOKE ALL ON FUNCTION app.open_links_to FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.open_links_to TO liaison_app;

-- An opt-out binds the number and not a row: rows come and go and are corrected, and whoever has the number later is bound too. The
-- phones repeat it (is_sms_opted_out, sms_opted_out_at); whose row it was said of is in the log alone.
CREATE TABLE sms_opt_outs (
  e164 text PRIMARY KEY CHECK (e164 ~ '^\+[1-9][0-9]{1,14}$'),
  opted_out_at timestamptz NOT NULL
);
ALTER TABLE sms_opt_outs ENABLE ROW LEVEL SECURITY;
ALTER TABLE sms_opt_outs FORCE ROW LEVEL SECURITY;
CREATE POLICY steward ON sms_opt_outs TO liaison_owner, liaison_projector, liaison_definer USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON sms_opt_outs TO liaison_projector;
-- The app is shown no row of it, as there is no policy for it; it makes tables like it, to tell how somebody stood.
GRANT SELECT ON sms_opt_outs TO liaison_app;
