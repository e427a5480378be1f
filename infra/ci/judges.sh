# Judges of the log that others wrote: Go's x/mod, Tessera's fsck, a log of Tessera's own, and
# proofbundle for receipts. To be sourced after schemathesis.sh, whose way of making a Python
# environment it takes:
#
#   . infra/ci/schemathesis.sh; . infra/ci/judges.sh; install_judges
#
# sets LEDGER_TEST_GO_JUDGES (a folder of programs) and LEDGER_TEST_PROOFBUNDLE (a program). Needs Go,
# Python 3.10 or newer and the registries of both. What is there already and of the pinned version is
# taken as it is. Everything it says goes to stderr.

fsck_package=github.com/transparency-dev/tessera/cmd/fsck
fsck_version=v1.0.4
proofbundle_version=6.3.1

install_judges() {
  local here folder
  here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
  folder="${XDG_CACHE_HOME:-$HOME/.cache}/minhchung"
  # One waits for a network, the other for processors.
  install_proofbundle "$here" "$folder/proofbundle-$proofbundle_version" >&2 &
  local installing=$!
  build_go_judges "$here/../judges" "$folder/go-judges" >&2
  wait "$installing"
  export LEDGER_TEST_PROOFBUNDLE="$folder/proofbundle-$proofbundle_version/bin/proofbundle"
  export LEDGER_TEST_GO_JUDGES="$folder/go-judges"
}

# Each folder of infra/judges is a module and becomes a program of its name. Go itself sees whether
# anything has changed since the last build.
build_go_judges() {
  local sources=$1 folder=$2 module
  command -v go >/dev/null || { echo 'judges: Go is needed to build them' >&2; return 1; }
  mkdir -p "$folder"
  if ! go version -m "$folder/fsck" 2>/dev/null | grep -q "tessera.*$fsck_version"; then
    GOBIN="$folder" go install "$fsck_package@$fsck_version"
  fi
  for module in "$sources"/*/; do
    (cd "$module" && go build -o "$folder/$(basename "$module")" .)
  done
}

install_proofbundle() {
  local here=$1 folder=$2
  if "$folder/bin/pip" freeze 2>/dev/null | grep -q "^proofbundle==$proofbundle_version\$"; then
    return 0
  fi
  echo "installing proofbundle $proofbundle_version"
  rm -rf "$folder"
  python_environment "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check \
    --requirement "$here/proofbundle.txt"
}
