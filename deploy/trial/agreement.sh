#!/bin/sh
# The broker's topics; then enrolment, signatures and adoption of the trial's memorandum. In a real exchange the last three are done
# by each agency at its own machine, and hashes are compared by voice. Again it changes nothing.
set -eu
: "${AGENCIES:?}" "${OPERATOR:?}" "${SECRETS:?}" "${HOMES:?}" "${KAFKA:?}"
memorandum=$OPERATOR/memorandum.toml

accord broker prepare "$KAFKA" --memorandum "$memorandum" --tls "$OPERATOR/tls"
if [ ! -e "$memorandum.sig" ]; then # nobody has signed yet
    for agency in $AGENCIES; do set -- "$@" "$HOMES/$agency/enrolment.json"; done
    accord memorandum enrol "$memorandum" "$@"
fi
for agency in $AGENCIES; do
    export ACCORD_PASSPHRASE_FILE="$SECRETS/$agency/passphrase"
    grep -q "/$agency " "$memorandum.sig" 2>/dev/null || accord memorandum sign "$memorandum" --home "$HOMES/$agency"
done
for agency in $AGENCIES; do
    export ACCORD_PASSPHRASE_FILE="$SECRETS/$agency/passphrase"
    PGUSER="accord_${agency}_publisher" PGPASSFILE="$SECRETS/$agency/publisher.pgpass" \
        accord memorandum adopt "$memorandum" --home "$HOMES/$agency"
done
