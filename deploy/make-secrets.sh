#!/bin/sh
# Makes the secrets that are missing in the folder given (default: secrets/ beside docker-compose.yml); changes none.
# The folder is closed to everybody else; the files are readable inside it, for each container's own user.
set -eu
folder=${1:-secrets}
mkdir -p "$folder"
chmod 700 "$folder"
random() { od -An -vtx1 -N32 /dev/urandom | tr -d ' \n'; }
for name in database_superuser_password database_owner_password database_app_password redis_password secret_key; do
  if [ ! -s "$folder/$name" ]; then
    random >"$folder/$name"
    echo "made $folder/$name"
  fi
done
if [ ! -s "$folder/plate_keys" ]; then
  echo "01:$(random)" >"$folder/plate_keys"
  echo "made $folder/plate_keys; keep a copy away from this host: without it every plate in the city is a forgery"
fi
if [ ! -s "$folder/personal_data_keys" ]; then
  echo "01:$(random)" >"$folder/personal_data_keys"
  random >"$folder/personal_index_key"
  echo "made $folder/personal_data_keys and personal_index_key; keep a copy away from this host: without them no phone or identity number can be read"
fi
[ -e "$folder/secret_key_fallbacks" ] || : >"$folder/secret_key_fallbacks"
chmod 444 "$folder"/*
for name in tls_certificate.pem tls_key.pem; do
  [ -s "$folder/$name" ] || echo "still needed: $folder/$name (from your certificate authority)"
done
