# SPDX-License-Identifier: Apache-2.0
# A short front for Meson and the scripts in tools/. `make run` and `make test` do everything
# that they need on a bare Debian 12: they install what is missing and say so first.
.PHONY: all run test bench fuzz lint clean

all:
	@tools/bootstrap build
	@tools/build

run:
	@tools/bootstrap build
	@tools/build
	@tools/run

test:
	@tools/bootstrap test
	@tools/test

bench:
	@tools/bootstrap bench
	@bench/run --all

fuzz:
	@tools/bootstrap test
	@tools/fuzz

lint:
	@tools/bootstrap test
	@tools/check

clean:
	rm -rf build build-* web/node_modules test/node_modules
