#!/bin/bash
# Kafka with the shipped settings, at the name that its container has and on the disk that its image has.
set -eu
: "${SETTINGS:?}" "${KAFKA:?}" "${CLUSTER:?}"
programs=/opt/kafka/bin
sed -e "s|^advertised.listeners=.*|advertised.listeners=CLIENTS://$KAFKA|" \
    -e "s|^log.dirs=.*|log.dirs=/var/lib/kafka/data|" "$SETTINGS" >/tmp/server.properties
"$programs/kafka-storage.sh" format --ignore-formatted --cluster-id "$CLUSTER" --config /tmp/server.properties
exec "$programs/kafka-server-start.sh" /tmp/server.properties
