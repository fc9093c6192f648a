-- The four roles of Liaison, for PostgreSQL 15 or newer.
--
-- The server runs this file when it makes its private cluster. On a PostgreSQL of your own, a superuser (or a role with
-- CREATEROLE) runs it once with `psql -f roles.sql`, in any database; running it again changes nothing. The two roles
-- that log in get no password here: give them one with ALTER ROLE, or let pg_hba.conf say how they sign in.
--
-- Keep an empty line after every statement and none within one: `postgres --single -j` finds their ends by it.

-- Owns the database and what the migrations make. It inherits, because the right to create in schema public reaches a
-- database's owner through the predefined role pg_database_owner.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'liaison_owner') THEN
        CREATE ROLE liaison_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION INHERIT;
    END IF;
END
$$;

-- Serves the requests: owns nothing and stands under row-level security. NOINHERIT: it has the rights of
-- liaison_projector only after SET ROLE, for the moment in which it records an event.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'liaison_app') THEN
        CREATE ROLE liaison_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT;
    END IF;
END
$$;

-- The only role that may write the log and its projections.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'liaison_projector') THEN
        CREATE ROLE liaison_projector NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT;
    END IF;
END
$$;

-- Owns the few SECURITY DEFINER functions, so that those have its rights and not those of the tables' owner.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'liaison_definer') THEN
        CREATE ROLE liaison_definer NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT;
    END IF;
END
$$;

-- Before the grants: from PostgreSQL 16 on, a grant takes over at that moment whether its member inherits.
ALTER ROLE liaison_app NOINHERIT;

GRANT liaison_projector TO liaison_app, liaison_owner;

GRANT liaison_definer TO liaison_owner;

-- A request that hangs lets go of its locks and its connection. A DBA may choose other figures.
ALTER ROLE liaison_app SET statement_timeout = '30s';

ALTER ROLE liaison_app SET lock_timeout = '5s';

ALTER ROLE liaison_app SET idle_in_transaction_session_timeout = '30s';
