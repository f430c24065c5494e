#!/bin/sh
# What each login of each agency may do, said by the owner of its database. After every `accord store prepare`; again it changes nothing.
set -eu
: "${AGENCIES:?}" "${OPERATOR:?}" "${POSTGRES:?}" "${SQL:?}"
export PGPASSFILE="$OPERATOR/owners.pgpass"

for agency in $AGENCIES; do
    psql -X -q -v agency="$agency" -f "$SQL/grants.sql" \
        "postgresql://accord_${agency}_owner@$POSTGRES/accord_$agency"
done
