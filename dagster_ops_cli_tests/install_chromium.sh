#!/bin/sh
# Install Chromium on Debian or Ubuntu, for the tests that open HTML reports. Does nothing where it is installed.
set -eu
if command -v chromium >/dev/null; then
    exit 0
fi
sudo=""
if [ "$(id -u)" -ne 0 ]; then
    sudo="sudo"
fi
apt="$sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300"
# A list of packages that is older than the mirror names files that are gone, so both steps are repeated.
for pause in 10 30 60 0; do
    if $apt update && $apt install -y --no-install-recommends chromium fonts-dejavu-core; then
        exit 0
    fi
    sleep "$pause"
done
exit 1
