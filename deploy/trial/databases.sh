#!/bin/sh
# A database and four logins with passwords for each agency. The image of PostgreSQL runs it once, as its superuser, when it has made
# its disk. No password stands on a command line: psql reads the file.
set -eu
: "${AGENCIES:?}" "${DATABASE:?}" "${SQL:?}"
export PGUSER=postgres

for agency in $AGENCIES; do
    psql -X -q -v agency="$agency" -f "$SQL/roles.sql" postgres
    for part in owner publisher projector reader; do
        login=accord_${agency}_$part
        FILE="$DATABASE/$login" psql -X -q -v ON_ERROR_STOP=1 -v login="$login" postgres <<'SQL'
\set password `cat "$FILE"`
ALTER ROLE :"login" PASSWORD :'password';
SQL
    done
done
