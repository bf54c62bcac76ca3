#!/usr/bin/env bash
# Shows what tacticlens does with a build log; the log is one of the test fixtures.
#
#   bash scripts/demo.sh              needs Python 3.10 or newer
#   bash scripts/demo.sh build.log    the same with a log of yours
set -euo pipefail

own_log=${1:+$(realpath -- "$1")}
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bash scripts/setup.sh run
log=${own_log:-tests/fixtures/composed/trt861.log}

show() {
    printf '\n$ %s\n' "$*"
    ".venv/bin/$1" "${@:2}"
}

show tacticlens parse "$log"
printf '\n$ tacticlens parse %s --table tactics --format csv | sed -n 1,6p\n' "$log"
.venv/bin/tacticlens parse "$log" --table tactics --format csv | sed -n 1,6p
show tacticlens kernel \
    ampere_scudnn_128x64_relu_interior_nn_v1 \
    sm80_xmma_gemm_f16f16_f16f16_f16_tn_n_tilesize128x128x64_stage4_warpsize2x2x1_tensor16x8x16
