# One Check program a floor in testsuite/unit/, and a file of sources for each module.
if HAVE_CHECK
UNIT_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
endif
