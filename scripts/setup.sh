#!/usr/bin/env bash
# Makes .venv with tacticlens in it; says nothing and takes no time when that is done already.
#
#   bash scripts/setup.sh        tacticlens, and what its tests need
#   bash scripts/setup.sh run    tacticlens alone
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv=$root/.venv
mode=${1:-dev}
case $mode in
    dev) wanted="$root[dev]" ;;
    run) wanted=$root ;;
    *) echo "setup.sh: unknown argument '$mode'; give 'dev' (the default) or 'run'" >&2; exit 2 ;;
esac

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1; }
makes_venvs() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

# Prints the newest Python that can make a virtual environment, or else the newest that would do.
newest_python() {
    local name path first=
    for name in python3.14 python3.13 python3.12 python3.11 python3.10 python3; do
        path=$(command -v "$name") || continue
        is_new_enough "$path" || continue
        if makes_venvs "$path"; then echo "$path"; return; fi
        first=${first:-$path}
    done
    echo "$first"
}

# Debian and Ubuntu keep what `python3 -m venv` needs in a package of its own.
install_venv_package() {
    local package
    package=$(basename "$1")-venv
    local apt=(apt-get)
    if [ "$(id -u)" -ne 0 ] && command -v sudo >/dev/null; then
        apt=(sudo apt-get)
        [ -t 0 ] || apt=(sudo -n apt-get)
    fi
    if command -v apt-get >/dev/null && { [ "$(id -u)" -eq 0 ] || [ "${apt[0]}" = sudo ]; }; then
        echo "setup.sh: installing $package with apt-get" >&2
        export DEBIAN_FRONTEND=noninteractive
        "${apt[@]}" install -y -qq "$package" >/dev/null 2>&1 ||
            { "${apt[@]}" update -qq && "${apt[@]}" install -y -qq "$package"; } >/dev/null || true
    fi
    makes_venvs "$1" && return
    echo "setup.sh: $1 cannot make virtual environments; install its venv module" \
        "(Debian, Ubuntu: sudo apt-get install $package) and run this again" >&2
    exit 2
}

stamp=$venv/tacticlens-setup
# the build makes tables of the grammars, so that a change of these is a reason to build again
checksum=$(cat "$root"/pyproject.toml "$root"/grammars/*.lark "$root"/tacticlens/grammar/*.py - <<<"$root" |
    cksum | tr " " -)
if is_new_enough "$venv/bin/python" && [ -f "$stamp" ]; then
    read -r done_checksum done_mode <"$stamp"
    if [ "$done_checksum" = "$checksum" ] && { [ "$done_mode" = "$mode" ] || [ "$done_mode" = dev ]; }; then
        exit 0
    fi
fi

echo "setup.sh: setting up .venv ($mode), which takes about a minute" >&2
if ! is_new_enough "$venv/bin/python" || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    python=$(newest_python)
    if [ -z "$python" ]; then
        echo "setup.sh: no Python 3.10 or newer here; install one (Debian, Ubuntu: apt-get install python3)" >&2
        exit 2
    fi
    makes_venvs "$python" || install_venv_package "$python"
    rm -rf "$venv"
    "$python" -m venv "$venv"
fi
pip=("$venv/bin/python" -m pip --disable-pip-version-check -qq install)
"${pip[@]}" 'pip>=21.3' # the first that installs a pyproject.toml in place
"${pip[@]}" --editable "$wanted"
"$venv/bin/python" -m compileall -q "$root/tacticlens" # as pip does with what it copies
echo "$checksum $mode" >"$stamp"
