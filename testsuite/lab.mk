# Labs: floor 2's topologies, links, switches, hosts, faults, files and snapshots.
if HAVE_CHECK
check_PROGRAMS += testsuite/unit/engine_lab_test
TESTS += testsuite/unit/engine_lab_test
testsuite_unit_engine_lab_test_CFLAGS = $(UNIT_CFLAGS)
testsuite_unit_engine_lab_test_LDADD = $(ENGINE_LIBS) $(CHECK_LIBS)
testsuite_unit_engine_lab_test_SOURCES = \
	testsuite/unit/unit.h \
	testsuite/unit/engine_lab_test.h \
	testsuite/unit/engine_lab_test.c \
	testsuite/unit/engine_lab_topology.c \
	testsuite/unit/engine_lab_link.c \
	testsuite/unit/engine_lab_traffic.c \
	testsuite/unit/engine_lab_fault.c \
	testsuite/unit/engine_lab_files.c \
	testsuite/unit/engine_lab_snapshot.c
endif
