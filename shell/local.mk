noinst_LIBRARIES += shell/libshell.a
shell_libshell_a_SOURCES = shell/placeholder.c

bin_PROGRAMS += inspire
inspire_SOURCES = shell/main.c
inspire_LDADD = $(SHELL_LIBS)
