#!/usr/bin/env bash
# Lint, format check, types, and every test, those of the built wheel too. Arguments go to pytest:
#
#   bash scripts/test.sh
#   bash scripts/test.sh tests/unit -k ledger
#
# The exit code is that of the first step that failed.
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
bash scripts/setup.sh dev </dev/null || exit
bin=.venv/bin
code=0
failed=()

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
step "$bin/python" -m pytest -n auto --dist loadgroup "$@"
for command in "${static[@]+"${static[@]}"}"; do
    echo "failed before the tests: $command" >&2
done
exit "$code"
