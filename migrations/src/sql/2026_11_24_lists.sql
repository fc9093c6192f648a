-- Lists are read from their links alone: an open link repeats what a list shows of the node at its end; and what every request pays once.

-- One statement instead of five. The outer select evaluates a row of `claims` before it looks for the partner (OFFSET 0 keeps it a row of
-- its own), which is found through the caller's own policy and by the organization that the claim has just become.
CREATE OR REPLACE FUNCTION app.enter(organization uuid, everything boolean) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog
  AS $$
BEGIN
  PERFORM set_config('liaison.read_scope', array_remove(ARRAY[claims.organization, (
      SELECT me.referring_partner_id FROM public.organizations_projection me WHERE me.id = claims.organization
    )], NULL)::text, true)
  FROM (
    SELECT set_config('liaison.organization', enter.organization::text, true)::uuid AS organization,
           set_config('liaison.everything', CASE WHEN enter.everything THEN 'on' ELSE 'off' END, true),
           -- With policies within policies, planning a statement costs several times what running it does: each is planned once a connection.
           set_config('plan_cache_mode', 'force_generic_plan', true)
    OFFSET 0
  ) AS claims;
END $$;
-- What is repeated where is said once, in `liaison_domain::link::repeats`. A link that has ended repeats nothing: what became of a node
-- afterwards is not its matter, and what it was is in the log. (`sort_name` and `contact_is_active` stay, as they always did.)
ALTER TABLE organization_contacts
  ADD COLUMN contact_first_name text, ADD COLUMN contact_last_name text, ADD COLUMN contact_title text, ADD COLUMN contact_department text,
  ADD COLUMN contact_preferred_method text, ADD COLUMN contact_do_not_contact boolean, ADD COLUMN contact_version integer,
  ADD COLUMN contact_created_at timestamptz, ADD COLUMN contact_updated_at timestamptz;
ALTER TABLE contact_phones
  ADD COLUMN phone_number text, ADD COLUMN phone_e164 text, ADD COLUMN phone_extension text, ADD COLUMN phone_label text,
  ADD COLUMN phone_is_sms_capable boolean, ADD COLUMN phone_is_sms_opted_out boolean, ADD COLUMN phone_sms_opted_out_at timestamptz,
  ADD COLUMN phone_verification_state text, ADD COLUMN phone_version integer, ADD COLUMN phone_updated_at timestamptz;
ALTER TABLE organization_phones
  ADD COLUMN phone_number text, ADD COLUMN phone_e164 text, ADD COLUMN phone_extension text, ADD COLUMN phone_label text,
  ADD COLUMN phone_is_sms_capable boolean, ADD COLUMN phone_is_sms_opted_out boolean, ADD COLUMN phone_sms_opted_out_at timestamptz,
  ADD COLUMN phone_verification_state text, ADD COLUMN phone_version integer, ADD COLUMN phone_updated_at timestamptz;
ALTER TABLE contact_emails
  ADD COLUMN email_address text, ADD COLUMN email_label text, ADD COLUMN email_is_notification_enabled boolean,
  ADD COLUMN email_verification_state text, ADD COLUMN email_version integer, ADD COLUMN email_updated_at timestamptz;
ALTER TABLE organization_emails
  ADD COLUMN email_address text, ADD COLUMN email_label text, ADD COLUMN email_is_notification_enabled boolean,
  ADD COLUMN email_verification_state text, ADD COLUMN email_version integer, ADD COLUMN email_updated_at timestamptz;
ALTER TABLE contact_addresses
  ADD COLUMN address_label text, ADD COLUMN address_usual_type text, ADD COLUMN address_street1 text, ADD COLUMN address_street2 text,
  ADD COLUMN address_city text, ADD COLUMN address_state text, ADD COLUMN address_postal_code text, ADD COLUMN address_country text,
  ADD COLUMN address_version integer, ADD COLUMN address_updated_at timestamptz;
ALTER TABLE organization_addresses
  ADD COLUMN address_label text, ADD COLUMN address_usual_type text, ADD COLUMN address_street1 text, ADD COLUMN address_street2 text,
  ADD COLUMN address_city text, ADD COLUMN address_state text, ADD COLUMN address_postal_code text, ADD COLUMN address_country text,
  ADD COLUMN address_version integer, ADD COLUMN address_updated_at timestamptz;
ALTER TABLE phone_addresses
  ADD COLUMN address_label text, ADD COLUMN address_usual_type text, ADD COLUMN address_street1 text, ADD COLUMN address_street2 text,
  ADD COLUMN address_city text, ADD COLUMN address_state text, ADD COLUMN address_postal_code text, ADD COLUMN address_country text,
  ADD COLUMN address_version integer, ADD COLUMN address_updated_at timestamptz;

-- A database of an older version has links already.
UPDATE organization_contacts l
SET (contact_first_name, contact_last_name, contact_title, contact_department, contact_preferred_method, contact_do_not_contact,
     contact_version, contact_created_at, contact_updated_at)
  = (n.first_name, n.last_name, n.title, n.department, n.preferred_contact_method, n.do_not_contact, n.version, n.created_at, n.updated_at)
FROM contacts_projection n WHERE n.id = l.contact_id AND l.unlinked_at IS NULL;
DO $$
DECLARE
  links text;
BEGIN
  FOREACH links IN ARRAY ARRAY['contact_phones', 'organization_phones'] LOOP
    EXECUTE format(
      'UPDATE %I l
       SET (phone_number, phone_e164, phone_extension, phone_label, phone_is_sms_capable, phone_is_sms_opted_out, phone_sms_opted_out_at,
            phone_verification_state, phone_version, phone_updated_at)
         = (n.number, n.e164, n.extension, n.label, n.is_sms_capable, n.is_sms_opted_out, n.sms_opted_out_at,
            n.verification_state, n.version, n.updated_at)
       FROM phones_projection n WHERE n.id = l.phone_id AND l.unlinked_at IS NULL', links);
  END LOOP;
  FOREACH links IN ARRAY ARRAY['contact_emails', 'organization_emails'] LOOP
    EXECUTE format(
      'UPDATE %I l
       SET (email_address, email_label, email_is_notification_enabled, email_verification_state, email_version, email_updated_at)
         = (n.address, n.label, n.is_notification_enabled, n.verification_state, n.version, n.updated_at)
       FROM emails_projection n WHERE n.id = l.email_id AND l.unlinked_at IS NULL', links);
  END LOOP;
  FOREACH links IN ARRAY ARRAY['contact_addresses', 'organization_addresses', 'phone_addresses'] LOOP
    EXECUTE format(
      'UPDATE %I l
       SET (address_label, address_usual_type, address_street1, address_street2, address_city, address_state, address_postal_code,
            address_country, address_version, address_updated_at)
         = (n.label, n.type, n.street1, n.street2, n.city, n.state, n.postal_code, n.country, n.version, n.updated_at)
       FROM addresses_projection n WHERE n.id = l.address_id AND l.unlinked_at IS NULL', links);
  END LOOP;
END $$;
