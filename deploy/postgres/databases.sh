#!/usr/bin/env bash
# Runs once, on an empty volume: a role and a database of its own for every service, closed to the others.
set -euo pipefail
for service in registry trigger draw inspection publicity; do
  password="SUNLOT_${service^^}_DB_PASSWORD"
  psql --set=ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    --set=name="sunlot_$service" --set=password="${!password}" <<'SQL'
create role :"name" login password :'password';
create database :"name" owner :"name" encoding 'UTF8' lc_collate 'C' lc_ctype 'C' template template0;
revoke connect on database :"name" from public;
SQL
done
