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
$sudo apt-get -o Acquire::Retries=3 update -qq
DEBIAN_FRONTEND=noninteractive $sudo apt-get -o Acquire::Retries=3 install -y -qq --no-install-recommends chromium fonts-dejavu-core
