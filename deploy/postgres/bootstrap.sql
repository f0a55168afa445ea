-- The same statements as stack/postgres.py; tests/stack/test_production.py compares the two.
-- Run by init.sh in the database itself, which the image has made as the superuser's.
DO $$ BEGIN CREATE ROLE elevator_owner LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE elevator_app LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
ALTER ROLE elevator_owner LOGIN NOSUPERUSER CREATEDB NOCREATEROLE PASSWORD :'owner_password';
ALTER ROLE elevator_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT PASSWORD :'app_password';
ALTER DATABASE elevator OWNER TO elevator_owner;
REVOKE ALL ON DATABASE elevator FROM PUBLIC;
GRANT CONNECT ON DATABASE elevator TO elevator_app;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO elevator_owner;
GRANT USAGE ON SCHEMA public TO elevator_app;
ALTER DEFAULT PRIVILEGES FOR ROLE elevator_owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO elevator_app;
ALTER DEFAULT PRIVILEGES FOR ROLE elevator_owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO elevator_app;
