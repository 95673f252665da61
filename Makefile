# SPDX-License-Identifier: GPL-2.0
#
# The verbs. What they do stands in scripts/.

KDIR ?= /lib/modules/$(shell uname -r)/build
K ?= 6.12
# `make lab LANG=...` is meant, whatever else the environment says.
ifeq ($(origin LANG),command line)
export CLASP_LANGUAGE := $(LANG)
endif
kbuild_vars := $(if $(LLVM),LLVM=$(LLVM)) $(if $(W),W=$(W))

all:
	@scripts/module $(KDIR) $(kbuild_vars)

install: all
	@scripts/install $(KDIR)

uninstall:
	@scripts/install remove $(KDIR)

deps-list:
	@scripts/deps list

demo:
	@scripts/demo

deps-demo:
	@scripts/deps demo

deps-check:
	@scripts/deps check

shell: deps-demo
	@scripts/lab shell $(K)

lab: deps-demo
	@MUTANT=$(MUTANT) scripts/lab $(if $(N),$(N),list) $(K)

check:
	@scripts/check

check-debug:
	@scripts/check debug

check-rt:
	@scripts/check rt

check-apps:
	@scripts/check programs

check-core:
	@$(MAKE) --no-print-directory -C selftests/core check OUT=$(CURDIR)/build/core

check-long:
	@scripts/check long

check-mutants:
	@$(MAKE) --no-print-directory -C selftests/core check-mutants OUT=$(CURDIR)/build/core

check-vm: deps-check
	@scripts/check module vm net host labs

# All of it, or with K=6.12 what one guest tells in a minute.
one_kernel := $(if $(filter-out file default undefined,$(origin K)),$(K))

bench bench-gate: $(if $(filter 6.12,$(one_kernel)),deps-demo,deps-check)
	@scripts/bench $(filter gate,$(@:bench-%=%)) $(one_kernel)

bench-profile: $(if $(filter 6.12,$(K)),deps-demo,deps-check)
	@scripts/bench profile $(K)

docs: deps-check
	@scripts/docs

words: deps-check
	@scripts/words update

modules: deps-check
	@scripts/module 6.1
	@scripts/module 6.12

sizes: modules
	@scripts/sizes

clean:
	rm -rf build

.PHONY: all install uninstall check-rt deps-list demo deps-demo deps-check shell lab check check-apps check-debug check-core \
	check-long check-mutants check-vm bench bench-gate bench-profile docs words modules sizes clean
