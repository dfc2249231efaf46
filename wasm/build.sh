#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Compiles C files for WebAssembly: build.sh KIND OUT WORKDIR ROOT INPUT...
# KIND: object (one C file), reactor (a library for the browser) or command (a program for node's WASI);
# the last two link objects, and compile what is not one yet.
# CLANG and WASM_OPT may name the tools; WASM_OPT empty means: do without.
set -eu
kind=$1 out=$2 work=$3 root=$4
shift 4
compile() { # SOURCE OBJECT
	"${CLANG:-clang-14}" --target=wasm32-wasi -std=c17 -O3 -msimd128 -mbulk-memory -ffunction-sections -fdata-sections \
		-Wall -Wextra -Werror -I"$root" -D_GNU_SOURCE -DNDEBUG -MMD -MF "$2.d" -MT "$2" -c "$1" -o "$2"
}
if [ "$kind" = object ]; then
	compile "$1" "$out"
	exit
fi
mkdir -p "$work"
: >"$out.d"
objects=
for input; do
	object=$input
	if [ "${input%.c}" != "$input" ]; then
		object=$work/$(echo "${input#"$root"/}" | tr / _).o
		compile "$input" "$object"
		# One dependency file for the build system.
		sed "s|^[^ ]*:|$out:|" "$object.d" >>"$out.d"
	fi
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
