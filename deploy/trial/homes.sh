#!/bin/sh
# A home and its stores for each agency of a trial. Again it changes nothing.
set -eu
: "${AGENCIES:?}" "${OPERATOR:?}" "${SECRETS:?}" "${HOMES:?}" "${KAFKA:?}" "${POSTGRES:?}"

for agency in $AGENCIES; do
    export ACCORD_PASSPHRASE_FILE="$SECRETS/$agency/passphrase"
    accord init "$HOMES/$agency" --memorandum "$OPERATOR/memorandum.toml" --agency "$agency" \
        --wire "kafka://$KAFKA" --tls "$SECRETS/$agency" --store "postgresql://$POSTGRES/accord_$agency"
    PGPASSFILE="$OPERATOR/owners.pgpass" accord store prepare --home "$HOMES/$agency" \
        --store "postgresql://accord_${agency}_owner@$POSTGRES/accord_$agency"
done
