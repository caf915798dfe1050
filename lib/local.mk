noinst_LIBRARIES += lib/libfloor0.a
lib_libfloor0_a_SOURCES = lib/mem.h lib/mem.c
