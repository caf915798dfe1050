noinst_LIBRARIES += shell/libshell.a
shell_libshell_a_SOURCES = shell/placeholder.c
shell_libshell_a_SOURCES += shell/transcript.h shell/transcript_run.h shell/transcript_front.h shell/hole.h shell/hole.c \
	shell/transcript_parse.c shell/transcript_front.c shell/transcript_match.c shell/transcript_log.c shell/transcript_run.c \
	shell/transcript_carry.c shell/transcript_update.c shell/transcript_report.c shell/transcript_main.c

bin_PROGRAMS += inspire
inspire_SOURCES = shell/main.c
inspire_LDADD = $(SHELL_LIBS)
