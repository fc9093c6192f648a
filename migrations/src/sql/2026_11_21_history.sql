-- Reading the log as somebody: which nodes an entry concerns, who lost sight of whom, and who may see which entry.

-- The nodes that an entry concerns: its own stream, or the ends of a link, whose stream is the link itself and nobody's to ask for.
-- A site concerns its organization too. One function for the append, for this migration and for whoever fills a log in bulk.
CREATE FUNCTION app.subjects(stream_type text, stream_id uuid, data jsonb) RETURNS uuid[]
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE stream_type
    WHEN 'link' THEN array_remove(ARRAY[
      (data->>'organization_id')::uuid, (data->>'contact_id')::uuid, (data->>'phone_id')::uuid,
      (data->>'email_id')::uuid, (data->>'address_id')::uuid, (data->>'facility_id')::uuid], NULL)
    WHEN 'facility' THEN array_remove(ARRAY[stream_id, (data->>'organization_id')::uuid], NULL)
    -- Looking up and exporting concern the directory as a whole.
    WHEN 'directory' THEN '{}'::uuid[]
    ELSE ARRAY[stream_id]
  END;

CREATE TABLE event_subjects (
  subject_id uuid NOT NULL,
  epoch integer NOT NULL,
  xid xid8 NOT NULL,
  seq bigint NOT NULL,
  PRIMARY KEY (subject_id, epoch, xid, seq)
);
INSERT INTO event_subjects (subject_id, epoch, xid, seq)
SELECT DISTINCT s.subject_id, e.epoch, e.xid, e.seq
FROM domain_events e CROSS JOIN LATERAL unnest(app.subjects(e.stream_type, e.stream_id, e.data)) AS s (subject_id);

-- That an organization lost sight of a contact, by whomever: whoever follows the log is told to forget them, and in order. It stands
-- after the events that led to it, in their transaction, and is numbered by the log's own sequence. It is no fact and is not replayed.
CREATE TABLE sight_losses (
  epoch integer NOT NULL DEFAULT app.epoch(),
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  seq bigint NOT NULL DEFAULT nextval('domain_events_seq_seq'),
  organization_id uuid NOT NULL,
  contact_id uuid NOT NULL,
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (epoch, xid, seq)
);
CREATE INDEX sight_losses_by_organization ON sight_losses (organization_id, epoch, xid, seq);
CREATE INDEX sight_losses_by_contact ON sight_losses (organization_id, contact_id, epoch, xid, seq);

-- Both are part of the log and as unchangeable.
CREATE OR REPLACE FUNCTION app.refuse_change_of_the_log() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog
  AS $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$;

DO $$
DECLARE
  relation text;
BEGIN
  FOREACH relation IN ARRAY ARRAY['event_subjects', 'sight_losses'] LOOP
    EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION app.refuse_change_of_the_log()',
                   relation || '_are_append_only', relation);
    EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change_of_the_log()',
                   relation || '_are_not_truncated', relation);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', relation);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', relation);
    EXECUTE format('CREATE POLICY steward ON %I TO liaison_owner, liaison_projector, liaison_definer USING (true) WITH CHECK (true)', relation);
    EXECUTE format('GRANT SELECT, INSERT ON %I TO liaison_projector', relation);
    EXECUTE format('GRANT SELECT ON %I TO liaison_definer', relation);
  END LOOP;
END $$;
GRANT USAGE ON SEQUENCE domain_events_seq_seq TO liaison_projector;

-- Who may see which entry (domain.md §5). A node's entries are seen with the node. A link's are seen by the organization at its end;
-- the roles that the referring partner gives, as long as the person is seen; what is a person's own, with the person; where a phone
-- stands, with both. Of looking up and exporting, the organization that did it. A new kind of stream is nobody's until it is said here.
-- CASE and OFFSET 0 keep it one probe an entry, as in 0010.
GRANT SELECT ON domain_events, event_subjects, sight_losses TO liaison_app;
CREATE POLICY sight ON domain_events FOR SELECT TO liaison_app USING (
  (SELECT app.sees_everything())
  OR CASE stream_type
    WHEN 'organization' THEN EXISTS (SELECT FROM organizations_projection o WHERE o.id = domain_events.stream_id OFFSET 0)
    WHEN 'facility' THEN EXISTS (SELECT FROM facilities_projection f WHERE f.id = domain_events.stream_id OFFSET 0)
    WHEN 'contact' THEN EXISTS (
      SELECT FROM contact_sights s
      WHERE s.organization_id = (SELECT app.organization()) AND s.contact_id = domain_events.stream_id OFFSET 0)
    WHEN 'phone' THEN EXISTS (SELECT FROM phones_projection p WHERE p.id = domain_events.stream_id OFFSET 0)
    WHEN 'email' THEN EXISTS (SELECT FROM emails_projection m WHERE m.id = domain_events.stream_id OFFSET 0)
    WHEN 'address' THEN EXISTS (SELECT FROM addresses_projection a WHERE a.id = domain_events.stream_id OFFSET 0)
    WHEN 'code' THEN (SELECT app.organization()) IS NOT NULL
    WHEN 'directory' THEN metadata->>'organization_id' = (SELECT app.organization()::text)
    WHEN 'link' THEN CASE
      WHEN data ? 'organization_id' THEN
        data->>'organization_id' = (SELECT app.organization()::text)
        OR (data ? 'contact_id'
            AND (data->>'organization_id')::uuid = ANY ((SELECT app.read_scope())::uuid[])
            AND EXISTS (
              SELECT FROM contact_sights s
              WHERE s.organization_id = (SELECT app.organization())
                AND s.contact_id = (domain_events.data->>'contact_id')::uuid OFFSET 0))
      WHEN data ? 'contact_id' THEN EXISTS (
        SELECT FROM contact_sights s
        WHERE s.organization_id = (SELECT app.organization())
          AND s.contact_id = (domain_events.data->>'contact_id')::uuid OFFSET 0)
      WHEN data ? 'phone_id' AND data ? 'address_id' THEN
        EXISTS (SELECT FROM phones_projection p WHERE p.id = (domain_events.data->>'phone_id')::uuid OFFSET 0)
        AND EXISTS (SELECT FROM addresses_projection a WHERE a.id = (domain_events.data->>'address_id')::uuid OFFSET 0)
      ELSE false
    END
    ELSE false
  END
);
CREATE POLICY sight ON event_subjects FOR SELECT TO liaison_app USING (
  (SELECT app.sees_everything())
  OR EXISTS (SELECT FROM domain_events e
             WHERE e.epoch = event_subjects.epoch AND e.xid = event_subjects.xid AND e.seq = event_subjects.seq OFFSET 0)
);
-- Whoever sees everything loses sight of nobody.
CREATE POLICY sight ON sight_losses FOR SELECT TO liaison_app USING (
  NOT (SELECT app.sees_everything()) AND organization_id = (SELECT app.organization())
);

-- How far a reader comes that looks at `most` entries after a position, seen or not: below the oldest transaction under way, so that
-- nothing is skipped, and no further than `most`, so that one statement's work is bounded whatever the reader sees. Without a `subject`
-- through the whole log, with one through what concerns it. It tells a position, which clients get sealed, and no row.
CREATE FUNCTION app.log_reach(
    subject uuid, after_epoch integer, after_xid xid8, after_seq bigint, most integer,
    OUT epoch bigint, OUT xid bigint, OUT seq bigint, OUT is_end boolean, OUT is_pending boolean)
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog SET enable_seqscan = off SET enable_sort = off SET enable_bitmapscan = off
  AS $$
DECLARE
  this_epoch integer := app.epoch();
  horizon xid8 := pg_snapshot_xmin(pg_current_snapshot());
  place record;
BEGIN
  IF subject IS NULL THEN
    SELECT e.epoch, e.xid, e.seq INTO place FROM public.domain_events e
    WHERE (e.epoch, e.xid, e.seq) > (after_epoch, after_xid, after_seq) AND (e.epoch, e.xid, e.seq) < (this_epoch, horizon, 0::bigint)
    ORDER BY e.epoch, e.xid, e.seq OFFSET most - 1 LIMIT 1;
  ELSE
    SELECT s.epoch, s.xid, s.seq INTO place FROM public.event_subjects s
    WHERE s.subject_id = subject
      AND (s.epoch, s.xid, s.seq) > (after_epoch, after_xid, after_seq) AND (s.epoch, s.xid, s.seq) < (this_epoch, horizon, 0::bigint)
    ORDER BY s.subject_id, s.epoch, s.xid, s.seq OFFSET most - 1 LIMIT 1;
  END IF;
  is_end := NOT FOUND;
  IF is_end THEN
    -- Everything below the horizon is within reach: as far as there is anything.
    SELECT last.epoch, last.xid, last.seq INTO place FROM (
      (SELECT e.epoch, e.xid, e.seq FROM public.domain_events e WHERE (e.epoch, e.xid, e.seq) < (this_epoch, horizon, 0::bigint)
       ORDER BY e.epoch DESC, e.xid DESC, e.seq DESC LIMIT 1)
      UNION ALL
      (SELECT l.epoch, l.xid, l.seq FROM public.sight_losses l WHERE (l.epoch, l.xid, l.seq) < (this_epoch, horizon, 0::bigint)
       ORDER BY l.epoch DESC, l.xid DESC, l.seq DESC LIMIT 1)) AS last
    ORDER BY last.epoch DESC, last.xid DESC, last.seq DESC LIMIT 1;
  END IF;
  epoch := place.epoch;
  xid := place.xid::text::bigint;
  seq := place.seq;
  -- Something has been committed that an older transaction, still under way, may yet precede.
  is_pending := is_end AND EXISTS (
    SELECT FROM public.domain_events e WHERE (e.epoch, e.xid, e.seq) >= (this_epoch, horizon, 0::bigint));
END $$;

-- The newest committed position, for whoever wakes the readers: a number, and nobody's row.
CREATE FUNCTION app.log_end(OUT epoch bigint, OUT xid bigint, OUT seq bigint)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
  AS $$
    SELECT e.epoch::bigint, e.xid::text::bigint, e.seq FROM public.domain_events e
    ORDER BY e.epoch DESC, e.xid DESC, e.seq DESC LIMIT 1
  $$;

GRANT CREATE ON SCHEMA app TO liaison_definer;
ALTER FUNCTION app.log_reach OWNER TO liaison_definer;
ALTER FUNCTION app.log_end OWNER TO liaison_definer;
REVOKE CREATE ON SCHEMA app FROM liaison_definer;
REVOKE ALL ON FUNCTION app.subjects, app.log_reach, app.log_end FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.subjects TO liaison_projector;
GRANT EXECUTE ON FUNCTION app.log_reach, app.log_end TO liaison_app;
