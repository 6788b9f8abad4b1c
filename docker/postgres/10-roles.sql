-- Roles and databases, each role with what it needs and no more. Runs once, when the server's volume is new; running it
-- again by hand changes nothing but the passwords:
--   docker compose exec postgres psql -U postgres -f /docker-entrypoint-initdb.d/10-roles.sql
-- What cinelake_api and cinelake_read may do inside cinelake is granted by the migrations, which know the tables.
\set ON_ERROR_STOP on
\getenv cinelake CINELAKE_DB_PASSWORD
\getenv cinelake_api CINELAKE_API_DB_PASSWORD
\getenv cinelake_read CINELAKE_READ_DB_PASSWORD
\getenv airflow AIRFLOW_DB_PASSWORD

-- Statements with a password must not reach the server's log, not even when they fail.
SET log_min_error_statement = panic;
SET log_statement = none;
SET client_min_messages = warning;

SELECT format('CREATE ROLE %I LOGIN', name)
FROM unnest(ARRAY['cinelake', 'cinelake_api', 'cinelake_read', 'airflow']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

ALTER ROLE cinelake PASSWORD :'cinelake';
ALTER ROLE cinelake_api PASSWORD :'cinelake_api';
ALTER ROLE cinelake_read PASSWORD :'cinelake_read';
ALTER ROLE airflow PASSWORD :'airflow';

SELECT format('CREATE DATABASE %I OWNER %I', name, name)
FROM unnest(ARRAY['cinelake', 'airflow']) AS name
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = name) \gexec

REVOKE ALL ON DATABASE cinelake, airflow, postgres, template1 FROM PUBLIC;
GRANT CONNECT ON DATABASE cinelake TO cinelake_api, cinelake_read;

-- Dashboards and the exporter look, and must never hold the service up.
GRANT pg_monitor TO cinelake_read;
ALTER ROLE cinelake_read SET default_transaction_read_only = on;
ALTER ROLE cinelake_read SET statement_timeout = '30s';
ALTER ROLE cinelake_read CONNECTION LIMIT 20;
