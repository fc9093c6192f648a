-- The system-managed codes of domain.md §2. They enter as events like everything else, so that a replay into empty tables finds
-- them too; the rows are what `apply` makes of those events. Ids and times are fixed: every installation has the same.

INSERT INTO domain_events (id, stream_type, stream_id, stream_version, event_type, data, metadata, recorded_at)
SELECT
  ('00000000-0000-7000-b' || lpad(family::text, 3, '0') || '-' || lpad(ordinal::text, 12, '0'))::uuid,
  'code',
  ('00000000-0000-7000-a' || lpad(family::text, 3, '0') || '-' || lpad(ordinal::text, 12, '0'))::uuid,
  1,
  'code.defined',
  jsonb_build_object('family', CASE family WHEN 1 THEN 'phone' ELSE 'email' END, 'code', code, 'label', label,
                     'description', description, 'sort_order', ordinal * 10, 'is_system_managed', true),
  jsonb_build_object('actor', 'system', 'reason', 'the codes that every installation has'),
  '2026-01-01T00:00:00Z'
FROM (VALUES
  (1, 1, 'mobile', 'Mobile', 'A mobile phone; the one to send text messages to'),
  (1, 2, 'office', 'Office', 'A desk or reception line'),
  (1, 3, 'fax', 'Fax', 'A fax line'),
  (1, 4, 'emergency', 'Emergency', 'Answered at any hour'),
  (1, 5, 'home', 'Home', 'A private line'),
  (2, 1, 'work', 'Work', 'The address used at work'),
  (2, 2, 'personal', 'Personal', 'A private address'),
  (2, 3, 'billing', 'Billing', 'Where invoices go'),
  (2, 4, 'support', 'Support', 'Where requests for help go'),
  (2, 5, 'notification', 'Notification', 'For automatic messages only')
) AS seeded (family, ordinal, code, label, description)
ORDER BY family, ordinal;

INSERT INTO phone_codes (id, code, label, description, sort_order, is_system_managed, is_active, version, created_at, updated_at)
SELECT stream_id, data->>'code', data->>'label', data->>'description', (data->>'sort_order')::int, true, true, 1, recorded_at, recorded_at
FROM domain_events WHERE event_type = 'code.defined' AND data->>'family' = 'phone';
INSERT INTO email_codes (id, code, label, description, sort_order, is_system_managed, is_active, version, created_at, updated_at)
SELECT stream_id, data->>'code', data->>'label', data->>'description', (data->>'sort_order')::int, true, true, 1, recorded_at, recorded_at
FROM domain_events WHERE event_type = 'code.defined' AND data->>'family' = 'email';
