#!/bin/sh
# Every guide and every transcript of the test suite, once, with the seed that it names.
exec ./inspire test "${srcdir:-.}"/examples/*/*.md "${srcdir:-.}"/testsuite/lab/*.txt
