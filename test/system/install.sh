#!/usr/bin/env bash
# Installs the Debian packages that the system tests and the bench drive: real servers, and curl and wrk to ask
# them. Services that the packages would start stay stopped; the tests start their own.
set -euo pipefail
packages=(apache2 nginx-light caddy chromium curl wrk slapd ldap-utils libxml2-utils openssh-server openssl logrotate openjdk-17-jdk-headless redis-server redis-sentinel zsh mmdebstrap mandoc man-db systemd iproute2 zip unzip prometheus wine wine64 buildah)
missing=()
for package in "${packages[@]}"; do
  dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  echo "system test packages are installed: ${packages[*]}"
  exit 0
fi
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod +x "$policy"
  trap 'rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends "${missing[@]}"
