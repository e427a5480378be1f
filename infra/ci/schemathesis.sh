# Installs schemathesis, which tries the API by chance, into a Python environment of its own, and
# sets LEDGER_TEST_SCHEMATHESIS. To be sourced. An environment that is there already is taken as it
# is: its folder carries the version. Needs Python 3.10 or newer, and the registry of packages.

schemathesis_version=4.32.5

install_schemathesis() {
  local here folder program
  here=$(dirname "${BASH_SOURCE[0]}")
  folder="${XDG_CACHE_HOME:-$HOME/.cache}/minhchung/schemathesis-$schemathesis_version"
  program="$folder/bin/schemathesis"
  if ! "$program" --version 2>/dev/null | grep -q "version $schemathesis_version\$"; then
    echo "installing schemathesis $schemathesis_version" >&2
    rm -rf "$folder"
    python_environment "$folder" >&2
    "$folder/bin/pip" install --quiet --disable-pip-version-check \
      --requirement "$here/schemathesis.txt" >&2
  fi
  export LEDGER_TEST_SCHEMATHESIS="$program"
}

# Debian packs the module that makes environments apart from Python itself.
python_environment() {
  if python3 -m venv "$1"; then return 0; fi
  local become=
  if [ "$(id -u)" != 0 ]; then become=sudo; fi
  $become apt-get update
  DEBIAN_FRONTEND=noninteractive $become apt-get install -y --no-install-recommends python3-venv
  rm -rf "$1"
  python3 -m venv "$1"
}
