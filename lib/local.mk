noinst_LIBRARIES += lib/libfloor0.a
lib_libfloor0_a_SOURCES = \
	lib/a6.h lib/a6.c \
	lib/addr.h lib/addr.c \
	lib/buf.h lib/buf.c \
	lib/chacha.h lib/chacha.c \
	lib/chance.h lib/chance.c \
	lib/cipher.h lib/cipher.c \
	lib/clock.h lib/clock.c lib/civil.c \
	lib/coro.h lib/coro.c \
	lib/dn.h lib/dn.c \
	lib/dh.h lib/dh.c \
	lib/loop.h lib/loop.c \
	lib/mem.h lib/mem.c \
	lib/names.h lib/names.c \
	lib/passwd.h lib/passwd.c \
	lib/prf.h lib/prf.c \
	lib/procinfo.h lib/procinfo.c \
	lib/text.h lib/text.c
