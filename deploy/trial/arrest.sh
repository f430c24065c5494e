#!/bin/sh
# The police of the trial tell of an invented arrest, and refer it to the prosecutor: a file for the gateway.
set -eu
: "${ACCORD_HOME:?}"
mkdir -p "$ACCORD_HOME/inbox"
cat >"$ACCORD_HOME/inbox/trial.new" <<'EVENTS'
{"source": "/trial", "id": "1", "type": "ArrestMade", "subject": "A2600104", "data": {"occurred_on": "2026-01-15", "occurred_at": "2026-01-15T21:40:00-07:00", "arrest_number": "A2600104", "arrest_kind": "on_view", "offenses": ["assault"]}}
{"source": "/trial", "id": "2", "type": "CaseReferred", "subject": "A2600104", "data": {"occurred_on": "2026-01-16", "to_agency": "prosecutor", "purpose": "charging_decision", "case_numbers": [{"kind": "arrest", "issuer": "police", "value": "A2600104"}], "arrest": {"id": "1"}}}
EVENTS
mv "$ACCORD_HOME/inbox/trial.new" "$ACCORD_HOME/inbox/trial.ndjson"
