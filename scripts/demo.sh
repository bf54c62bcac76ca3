#!/usr/bin/env bash
# Shows what tacticlens does with a build log: ResNet-50 in FP32 and in FP16, composed for the purpose.
#
#   bash scripts/demo.sh              needs Python 3.10 or newer
#   bash scripts/demo.sh build.log    the same with a log of yours
set -euo pipefail

own_log=${1:+$(realpath -- "$1")}
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bash scripts/setup.sh run
log=${own_log:-examples/resnet50/fp16.log}

show() {
    printf '\n$ %s\n' "$*"
    ".venv/bin/$1" "${@:2}"
}

show tacticlens parse "$log"
show tacticlens findings "$log"
if [ -z "$own_log" ]; then
    show tacticlens findings "$log" --code TL005
    show tacticlens explain "$log" :2
    show tacticlens diff examples/resnet50/fp32.log "$log" --top 2
fi
printf '\nMore: .venv/bin/tacticlens --help\n'
