#!/bin/sh
# Make the secret files that docker-compose.yml names, once: sh deploy/make-secrets.sh [FOLDER]
# Needs openssl 3. A file that exists is left alone, so that running it again is safe.
set -eu
folder=${1:-$(dirname "$0")/secrets}
umask 077
mkdir -p "$folder"
chmod 700 "$folder" # nobody else on this host gets in; inside a container the files below must be readable

put() { # NAME: keeps standard input, unless the file exists
    if [ -e "$folder/$1" ]; then
        cat >/dev/null
        echo "$1: kept" >&2
    else
        cat >"$folder/.$1.new"
        chmod 444 "$folder/.$1.new"
        mv "$folder/.$1.new" "$folder/$1"
        echo "$1: made" >&2
    fi
}
password() { openssl rand -hex 24 | tr -d '\n'; }
mosquitto_hash() { # PASSWORD: PBKDF2-SHA512 as mosquitto reads it; few rounds do for 192 random bits
    salt=$(openssl rand -base64 12)
    hexsalt=$(printf %s "$salt" | openssl base64 -d -A | od -An -tx1 | tr -d ' \n')
    digest=$(openssl kdf -keylen 64 -kdfopt digest:SHA512 -kdfopt "pass:$1" -kdfopt "hexsalt:$hexsalt" -kdfopt iter:101 \
        -binary PBKDF2 | openssl base64 -A)
    printf '$7$101$%s$%s' "$salt" "$digest"
}

password | put database_password
printf 'postgresql://parkwatch:%s@database:5432/parkwatch' "$(cat "$folder/database_password")" | put database_url
if [ ! -e "$folder/mqtt_url" ]; then
    rm -f "$folder/mqtt_passwords" # the two belong together
    mqtt=$(password)
    printf 'parkwatch-ingest:%s\n' "$(mosquitto_hash "$mqtt")" | put mqtt_passwords
    printf 'mqtt://parkwatch-ingest:%s@broker:1883?version=5' "$mqtt" | put mqtt_url
fi
password | put grafana_admin_password
password | put grafana_database_password
