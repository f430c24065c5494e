#!/bin/sh
# Certificates, passphrases and passwords for a trial, each in the folder of whoever needs it. Run by root, before all else.
# What is there stays.
#
#   OPERATOR           the authority, the broker's certificate, the owners' passwords, the memorandum: no agency sees it
#   BROKER, DATABASE   what the broker and the database server read
#   SECRETS/<agency>   an agency's certificate, its passphrase, the passwords of its logins
#   HOMES/<agency>     an agency's home, made elsewhere; here it gets its owner
set -eu
umask 077
: "${AGENCIES:?}" "${OPERATOR:?}" "${BROKER:?}" "${DATABASE:?}" "${SECRETS:?}" "${HOMES:?}"
: "${KAFKA:?}" "${POSTGRES:?}" "${MEMORANDUM:?}" "${ACCORD_USER:?}" "${KAFKA_USER:?}" "${DATABASE_USER:?}"
pages="authority.pem broker.pem broker.key broker.keystore.pem"

made() { # a secret of its own in a file that is not there yet
    [ -s "$1" ] || python -c 'import secrets; print(secrets.token_urlsafe(32))' >"$1.new"
    [ -s "$1" ] || mv "$1.new" "$1"
}

accord broker certificates "$OPERATOR/tls" --memorandum "$MEMORANDUM" --broker "${KAFKA%:*}"
for page in $pages; do cp "$OPERATOR/tls/$page" "$BROKER/"; done
made "$DATABASE/superuser"

: >"$OPERATOR/owners.pgpass.new"
for agency in $AGENCIES; do
    folder=$SECRETS/$agency
    for page in authority.pem "$agency.pem" "$agency.key"; do cp "$OPERATOR/tls/$page" "$folder/"; done
    made "$folder/passphrase"
    for part in owner publisher projector reader; do
        login=accord_${agency}_$part
        made "$DATABASE/$login"
        line="${POSTGRES%:*}:${POSTGRES##*:}:accord_$agency:$login:$(cat "$DATABASE/$login")"
        if [ "$part" = owner ]; then
            echo "$line" >>"$OPERATOR/owners.pgpass.new"
        else
            echo "$line" >"$folder/$part.pgpass"
        fi
    done
    chown -R "$ACCORD_USER" "$folder" "$HOMES/$agency"
    chmod 0700 "$folder" "$HOMES/$agency"
done
mv "$OPERATOR/owners.pgpass.new" "$OPERATOR/owners.pgpass"
[ -e "$OPERATOR/memorandum.toml" ] || cp "${MEMORANDUM%.toml}.md" "$MEMORANDUM" "$OPERATOR/"

chown -R "$ACCORD_USER" "$OPERATOR"
chown -R "$KAFKA_USER" "$BROKER"
chown -R "$DATABASE_USER" "$DATABASE"
chmod 0700 "$OPERATOR" "$BROKER" "$DATABASE"
