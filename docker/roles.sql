-- The roles of the database, made when its volume is new; may be run again, as a superuser:
-- voicex_owner owns the tables and migrates them; voicex_app, which serves, reads and writes rows.
-- Neither is a superuser, makes roles or databases, or passes by row-level security.
-- voicex_words, which voicex_app becomes to search the index of words, reads keys of calls there.
\set ON_ERROR_STOP on
\getenv owner_password VOICEX_OWNER_PASSWORD
\getenv app_password VOICEX_APP_PASSWORD
SELECT format('CREATE ROLE %I', name) FROM (VALUES ('voicex_owner'), ('voicex_app'), ('voicex_words')) AS roles (name)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE voicex_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
    PASSWORD :'owner_password';
ALTER ROLE voicex_app LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
    PASSWORD :'app_password';
ALTER ROLE voicex_words NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
GRANT voicex_words TO voicex_app;
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database()) \gexec
SELECT format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO voicex_owner, voicex_app', current_database()) \gexec
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO voicex_owner;
GRANT USAGE ON SCHEMA public TO voicex_app, voicex_words;
ALTER DEFAULT PRIVILEGES FOR ROLE voicex_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO voicex_app;
ALTER DEFAULT PRIVILEGES FOR ROLE voicex_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO voicex_app;
-- Tables that were there before, if any.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO voicex_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO voicex_app;
