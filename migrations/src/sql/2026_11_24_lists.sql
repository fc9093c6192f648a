-- Reading lists: what every request pays once.

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
