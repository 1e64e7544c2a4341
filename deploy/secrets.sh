#!/usr/bin/env bash
# Writes deploy/.env with new random secrets for compose.yaml; a secret that is there already stays as it is.
# Needs openssl. Keep the file: whoever has it can enter the databases and sign sessions.
set -euo pipefail
umask 077
file=$(dirname "$0")/.env
touch "$file"

has() { grep -q "^$1=" "$file"; }
put() { has "$1" || printf "%s='%s'\n" "$1" "$2" >>"$file"; }
base64url() { base64 | tr -d '\n=' | tr '+/' '-_'; }

for name in POSTGRES_PASSWORD AMQP_PASSWORD \
  REGISTRY_DB_PASSWORD TRIGGER_DB_PASSWORD DRAW_DB_PASSWORD INSPECTION_DB_PASSWORD PUBLICITY_DB_PASSWORD; do
  put "SUNLOT_$name" "$(openssl rand -hex 24)"
done

put SUNLOT_FIRST_ADMIN_PASSWORD "$(openssl rand -hex 32)"
put SUNLOT_LOG_KEY "$(openssl rand -hex 32)"
put SUNLOT_FIELD_KEYS "{\"1\":\"$(openssl rand 32 | base64 | tr -d '\n')\"}"

# An Ed25519 key pair as JWK (RFC 8037): the last 32 bytes of each half's DER are the key itself.
if ! has SUNLOT_SESSION_PRIVATE_KEY; then
  pem=$(openssl genpkey -algorithm ed25519)
  private=$(openssl pkey -outform DER <<<"$pem" | tail -c 32 | base64url)
  public=$(openssl pkey -pubout -outform DER <<<"$pem" | tail -c 32 | base64url)
  put SUNLOT_SESSION_PRIVATE_KEY "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"$public\",\"d\":\"$private\"}"
  put SUNLOT_SESSION_PUBLIC_KEY "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"$public\"}"
fi
echo "deploy/.env is complete (密钥已写入 deploy/.env，请妥善保管)"
