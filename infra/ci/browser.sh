# A browser for the judge's own spec: Debian's Chromium, installed where none is. To be sourced:
#
#   . infra/ci/browser.sh; install_browser
#
# sets LEDGER_TEST_CHROMIUM. Needs root or sudo only where it is not installed yet. The version is that
# of the distribution, which follows the browser's own security releases: the judge must run in the
# browsers that people have. Everything it says goes to stderr.

install_browser() {
  local program
  program=$(chromium_program)
  if [ -z "$program" ]; then
    local become=
    if [ "$(id -u)" != 0 ]; then become=sudo; fi
    echo 'installing Chromium' >&2
    $become apt-get update >&2
    # The sandbox is a package of its own; as root the spec does without it.
    DEBIAN_FRONTEND=noninteractive $become apt-get install -y --no-install-recommends \
      chromium chromium-sandbox >&2
    program=$(chromium_program)
  fi
  export LEDGER_TEST_CHROMIUM="${program:?Chromium was not found after its installation}"
}

# Nothing where there is none; Ubuntu's `chromium-browser` only tells of a snap, so it does not count.
chromium_program() {
  command -v chromium || true
}
