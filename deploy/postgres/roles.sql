-- An agency's database and its four logins. A superuser runs it once for each agency:
--
--     psql -v agency=police -f roles.sql postgres
--
-- It gives no passwords: use certificates, or set them by hand (\password accord_police_publisher).
\set ON_ERROR_STOP on
\set database accord_ :agency
\set owner accord_ :agency _owner
\set publisher accord_ :agency _publisher
\set projector accord_ :agency _projector
\set reader accord_ :agency _reader

-- The owner makes and migrates tables, by hand, and is not used by any process.
CREATE ROLE :"owner" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT CONNECTION LIMIT 10;
-- services/gateway.py: takes events in, appends to our log, publishes it.
CREATE ROLE :"publisher" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT CONNECTION LIMIT 20;
-- services/projector.py: receives, verifies, projects, makes the grants that are due because of it.
CREATE ROLE :"projector" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT CONNECTION LIMIT 20;
-- Those who ask: cases, overdue, replay, verify.
CREATE ROLE :"reader" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT CONNECTION LIMIT 50;

CREATE DATABASE :"database" OWNER :"owner" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C';
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO :"publisher", :"projector", :"reader";
-- A projection is built anew in a schema beside the old one, which the projector makes.
GRANT CREATE ON DATABASE :"database" TO :"projector";

\connect :"database"
REVOKE ALL ON SCHEMA public FROM PUBLIC;
CREATE SCHEMA projection AUTHORIZATION :"projector";
GRANT USAGE ON SCHEMA projection TO :"reader";
-- Whatever the projector makes later, the reader may read.
ALTER DEFAULT PRIVILEGES FOR ROLE :"projector" GRANT USAGE ON SCHEMAS TO :"reader";
ALTER DEFAULT PRIVILEGES FOR ROLE :"projector" GRANT SELECT ON TABLES TO :"reader";
