-- The database of Liaison; run once after roles.sql, by a superuser (`psql -f database.sql`). See roles.sql for the
-- empty lines.

-- Only for the tests, which give each test a database cloned from a template. Leave it out in production.
ALTER ROLE liaison_owner CREATEDB;

-- Locale C: the order of keys and indexes is the same on every machine; what people read is collated explicitly.
CREATE DATABASE liaison OWNER liaison_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';

-- Nobody comes in but the owner and the app. The app makes temporary tables for a moment of the past (`asOf`), which go with its transaction.
REVOKE ALL ON DATABASE liaison FROM PUBLIC;

GRANT CONNECT, TEMPORARY ON DATABASE liaison TO liaison_app;
