#!/bin/sh
# What an agency of the trial may see, under the login of those who ask.
set -eu
: "${ACCORD_HOME:?}" "${ACCORD_PASSPHRASE_FILE:?}" "${PGUSER:?}"
PGUSER=${PGUSER%_*}_reader
PGPASSFILE=$(dirname "$ACCORD_PASSPHRASE_FILE")/reader.pgpass
export PGUSER PGPASSFILE
accord cases
