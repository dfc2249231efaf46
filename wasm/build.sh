#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Compiles C files to one WASM module: build.sh KIND OUT WORKDIR ROOT SOURCE...
# KIND: reactor (a library for the browser) or command (a program for node's WASI).
# CLANG and WASM_OPT may name the tools; WASM_OPT empty means: do without.
set -eu
kind=$1 out=$2 work=$3 root=$4
shift 4
mkdir -p "$work"
flags="--target=wasm32-wasi -std=c17 -O3 -msimd128 -mbulk-memory -ffunction-sections -fdata-sections"
flags="$flags -Wall -Wextra -Werror -I$root -D_GNU_SOURCE"
test "$kind" = reactor && flags="$flags -DNDEBUG"
objects=
for source; do
	object=$work/$(echo "${source#"$root"/}" | tr / _).o
	# shellcheck disable=SC2086
	"${CLANG:-clang-14}" $flags -MMD -c "$source" -o "$object"
	objects="$objects $object"
done
# No -O here: clang would run a wasm-opt that knows nothing of SIMD.
# shellcheck disable=SC2086
"${CLANG:-clang-14}" --target=wasm32-wasi -mexec-model="$kind" -Wl,--gc-sections -Wl,-z,stack-size=131072 \
	-o "$out" $objects
if [ "$kind" = reactor ] && [ -n "${WASM_OPT:-}" ]; then
	"$WASM_OPT" -O3 --enable-simd --enable-bulk-memory --strip-debug --strip-producers "$out" -o "$out.opt"
	mv "$out.opt" "$out"
fi
# One dependency file for the build system.
{
	printf '%s:' "$out"
	for object in $objects; do sed 's/^[^:]*://; s/\\$//' "${object%.o}.d" | tr '\n' ' '; done
	echo
} >"$out.d"
