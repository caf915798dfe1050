# One Check program a floor in testsuite/unit/, and a file of sources for each module.  A floor's
# program links its own floor and those below it, so a call upward does not link.
if HAVE_CHECK
UNIT_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)

# floor 0
check_PROGRAMS += testsuite/unit/lib_test
TESTS += testsuite/unit/lib_test
testsuite_unit_lib_test_CFLAGS = $(UNIT_CFLAGS)
testsuite_unit_lib_test_LDADD = $(LIB_LIBS) $(CHECK_LIBS)
testsuite_unit_lib_test_SOURCES = \
	testsuite/unit/unit.h \
	testsuite/unit/lib_test.h \
	testsuite/unit/lib_test.c \
	testsuite/unit/lib_addr.c \
	testsuite/unit/lib_buf.c \
	testsuite/unit/lib_chance.c \
	testsuite/unit/lib_cipher.c \
	testsuite/unit/lib_clock.c \
	testsuite/unit/lib_coro.c \
	testsuite/unit/lib_dh.c \
	testsuite/unit/lib_dn.c \
	testsuite/unit/lib_loop.c \
	testsuite/unit/lib_passwd.c \
	testsuite/unit/lib_prf.c \
	testsuite/unit/lib_procinfo.c \
	testsuite/unit/lib_text.c

# floor 1, the ESP side of the datapath; the IP side's two entries are the test's own (--wrap)
check_PROGRAMS += testsuite/unit/esp_test
TESTS += testsuite/unit/esp_test
testsuite_unit_esp_test_CFLAGS = $(UNIT_CFLAGS)
testsuite_unit_esp_test_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=ip_input_batch -Wl,--wrap=ip_output_batch \
	-Wl,--wrap=ip6_input_batch -Wl,--wrap=ip6_output_batch -Wl,--wrap=crypto_seal -Wl,--wrap=crypto_open
testsuite_unit_esp_test_LDADD = $(DATAPATH_LIBS) $(CHECK_LIBS)
testsuite_unit_esp_test_SOURCES = \
	testsuite/unit/unit.h \
	testsuite/unit/esp_test.h \
	testsuite/unit/esp_test.c \
	testsuite/unit/esp_bursts.c \
	testsuite/unit/esp_crypto.c \
	testsuite/unit/esp_header.c \
	testsuite/unit/esp_life.c \
	testsuite/unit/esp_replay.c \
	testsuite/unit/esp_rig.c \
	testsuite/unit/esp_round.c \
	testsuite/unit/esp_sad.c \
	testsuite/unit/esp_table.c \
	testsuite/unit/esp_udp.c \
	testsuite/unit/esp_vectors.c

# floor 1, several workers
check_PROGRAMS += testsuite/unit/worker_test
TESTS += testsuite/unit/worker_test
testsuite_unit_worker_test_CFLAGS = $(UNIT_CFLAGS)
testsuite_unit_worker_test_LDADD = $(DATAPATH_LIBS) $(CHECK_LIBS)
testsuite_unit_worker_test_SOURCES = \
	testsuite/unit/unit.h \
	testsuite/plain_net.h testsuite/plain_net.c testsuite/unit/worker_test.c

# floor 1, packets
check_PROGRAMS += testsuite/unit/datapath_test
TESTS += testsuite/unit/datapath_test
testsuite_unit_datapath_test_CFLAGS = $(UNIT_CFLAGS)
testsuite_unit_datapath_test_LDADD = $(DATAPATH_LIBS) $(CHECK_LIBS)
testsuite_unit_datapath_test_SOURCES = \
	testsuite/unit/unit.h \
	testsuite/unit/datapath_test.h \
	testsuite/unit/datapath_test.c \
	testsuite/unit/datapath_acl.c \
	testsuite/unit/datapath_arp.c \
	testsuite/unit/datapath_bench.c \
	testsuite/unit/datapath_capfile.c \
	testsuite/unit/datapath_capture.c \
	testsuite/unit/datapath_fib.c \
	testsuite/unit/datapath_frag.c \
	testsuite/unit/datapath_gre.c \
	testsuite/unit/datapath_icmp.c \
	testsuite/unit/datapath_if.c \
	testsuite/unit/datapath_ip.c \
	testsuite/unit/datapath_esp6.c \
	testsuite/unit/datapath_ip6.c \
	testsuite/unit/datapath_ip6.h \
	testsuite/unit/datapath_nd.c \
	testsuite/unit/datapath_nat.c \
	testsuite/unit/datapath_natt6.c \
	testsuite/unit/datapath_nat6.c \
	testsuite/unit/datapath_port.c \
	testsuite/unit/datapath_coalesce.c \
	testsuite/unit/datapath_udp.c \
	testsuite/unit/datapath_wires.c \
	testsuite/unit/datapath_vector.c testsuite/unit/datapath_vector.h \
	testsuite/unit/datapath_lane.c \
	testsuite/unit/datapath_vti.c
endif

# key exchange: engines against each other, and the codecs
if HAVE_CHECK
check_PROGRAMS += testsuite/fsm/fsm_test
TESTS += testsuite/fsm/fsm_test
testsuite_fsm_fsm_test_CFLAGS = $(UNIT_CFLAGS)
testsuite_fsm_fsm_test_LDADD = $(IKE_LIBS) $(CHECK_LIBS)
testsuite_fsm_fsm_test_SOURCES = \
	testsuite/fsm/fsm_test.c \
	testsuite/fsm/fsm_test.h \
	testsuite/fsm/hostile.c \
	testsuite/fsm/inv_spi.c \
	testsuite/fsm/life.c \
	testsuite/fsm/loss.c \
	testsuite/fsm/main_mode.c \
	testsuite/fsm/natt.c \
	testsuite/fsm/pki.c \
	testsuite/fsm/pki.h \
	testsuite/fsm/signature.c \
	testsuite/fsm/fragment.c \
	testsuite/fsm/foreign.c \
	testsuite/fsm/addresses.c \
	testsuite/fsm/play.c \
	testsuite/fsm/play.h \
	testsuite/fsm/aggressive.c \
	testsuite/fsm/xauth.c \
	testsuite/fsm/quick_mode.c
# floor 2, routers
check_PROGRAMS += testsuite/unit/engine_test
TESTS += testsuite/unit/engine_test
testsuite_unit_engine_test_CFLAGS = $(UNIT_CFLAGS)
testsuite_unit_engine_test_LDADD = $(ENGINE_LIBS) $(CHECK_LIBS)
testsuite_unit_engine_test_SOURCES = \
	testsuite/unit/unit.h \
	testsuite/unit/engine_pair.h \
	testsuite/unit/engine_pair.c \
	testsuite/unit/engine_test.c \
	testsuite/unit/engine_cryptomap.c \
	testsuite/unit/engine_gre.c \
	testsuite/unit/engine_flood.c \
	testsuite/unit/engine_inv_spi.c \
	testsuite/unit/engine_release.c \
	testsuite/unit/engine_isakmp.c \
	testsuite/unit/engine_eem.c \
	testsuite/unit/engine_flash.c \
	testsuite/unit/engine_log.c \
	testsuite/unit/engine_syslog.c \
	testsuite/unit/engine_login.c \
	testsuite/unit/engine_snmp.c \
	testsuite/unit/engine_nhrp_wire.c \
	testsuite/unit/engine_path_mtu.c \
	testsuite/unit/engine_rekey.c \
	testsuite/unit/engine_load.c \
	testsuite/unit/engine_pki.c \
	testsuite/unit/pki_vectors.h \
	testsuite/unit/engine_trace.c \
	testsuite/unit/engine_router.c \
	testsuite/unit/engine_flows.c testsuite/unit/engine_tunnel.c
endif

# make bench: one program, a file a part; see testsuite/bench/bench.h for how to add rows.
EXTRA_PROGRAMS += testsuite/bench/bench
CLEANFILES += testsuite/bench/bench$(EXEEXT) bench.json
testsuite_bench_bench_CPPFLAGS = $(AM_CPPFLAGS) -DBENCH_EXAMPLES='"$(abs_top_srcdir)/examples/invalid-spi"' -DBENCH_TOOLS='"$(abs_top_srcdir)/tools"'
testsuite_bench_bench_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=dh_new -Wl,--wrap=dh_derive
testsuite_bench_bench_LDADD = $(SHELL_LIBS)
testsuite_bench_bench_SOURCES = \
	testsuite/bench/bench.h testsuite/plain_net.h testsuite/plain_net.c \
	testsuite/bench/bench.c \
	testsuite/bench/bench_eem.c \
	testsuite/bench/bench_esp.c \
	testsuite/bench/bench_handshakes.c \
	testsuite/bench/bench_flood.c \
	testsuite/bench/bench_heap.c \
	testsuite/bench/bench_ike.c \
	testsuite/bench/bench_dmvpn.c testsuite/bench/bench_ending.c testsuite/bench/bench_hold.c testsuite/bench/bench_tunnels.c testsuite/bench/bench_tunnels.h testsuite/bench/bench_opening.c testsuite/bench/bench_opening.h \
	testsuite/bench/bench_lab.c \
	testsuite/bench/bench_policy.c \
	testsuite/bench/bench_raw.c testsuite/bench/bench_raw.h \
	testsuite/bench/bench_router.h \
	testsuite/bench/bench_router.c \
	testsuite/bench/bench_shell.c \
	testsuite/bench/bench_start.c \
	testsuite/bench/bench_ssh.c \
	testsuite/bench/bench_table.c \
	testsuite/bench/bench_ssh_making.c \
	testsuite/bench/bench_ssh_rig.c \
	testsuite/bench/bench_ssh_rig.h \
	testsuite/bench/bench_wires.c \
	testsuite/bench/bench_workers.c

bench: testsuite/bench/bench$(EXEEXT) inspire$(EXEEXT)
	./testsuite/bench/bench$(EXEEXT) -o bench.json

# make bench-peers: end to end, against strongSwan; as root.
EXTRA_PROGRAMS += testsuite/bench/packets
CLEANFILES += testsuite/bench/packets$(EXEEXT) bench-peers.json performance.svg
testsuite_bench_packets_LDADD = $(DATAPATH_LIBS)
testsuite_bench_packets_SOURCES = testsuite/bench/packets.c testsuite/bench/bench.h testsuite/bench/bench_raw.c testsuite/bench/bench_raw.h
EXTRA_DIST += tools/bench-peers.sh
bench-peers: testsuite/bench/packets$(EXEEXT) inspire$(EXEEXT)
	'$(srcdir)/tools/bench-peers.sh' --inspire ./inspire$(EXEEXT) --packets testsuite/bench/packets$(EXEEXT) -o bench-peers.json --svg performance.svg

.PHONY: bench bench-peers
# floor 1, key exchange
if HAVE_CHECK
check_PROGRAMS += testsuite/unit/ike_test
TESTS += testsuite/unit/ike_test
testsuite_unit_ike_test_CFLAGS = $(UNIT_CFLAGS)
testsuite_unit_ike_test_LDADD = $(IKE_LIBS) $(CHECK_LIBS)
testsuite_unit_ike_test_SOURCES = \
	testsuite/unit/ike_keys.c \
	testsuite/unit/ike_keys_vectors.h \
	testsuite/unit/ike_test.c \
	testsuite/unit/ike_test.h \
	testsuite/wire/cert_wire.c \
	testsuite/wire/cfg_wire.c \
	testsuite/wire/ike_wire.c
endif
EXTRA_DIST += testsuite/unit/ike_keys_vectors.py

if HAVE_CHECK
# floor 3
check_PROGRAMS += testsuite/unit/shell_test
TESTS += testsuite/unit/shell_test
testsuite_unit_shell_test_CFLAGS = $(UNIT_CFLAGS)
testsuite_unit_shell_test_LDADD = $(SHELL_LIBS) $(CHECK_LIBS)
testsuite_unit_shell_test_SOURCES = \
	testsuite/unit/unit.h \
	testsuite/unit/shell_test.h \
	testsuite/unit/shell_test.c \
	testsuite/unit/shell_bench.h \
	testsuite/unit/shell_bench.c \
	testsuite/unit/shell_config.c \
	testsuite/unit/shell_archive.c testsuite/unit/shell_replace.c \
	testsuite/unit/shell_undo.c \
	testsuite/unit/shell_collect.c \
	testsuite/unit/shell_ladder.c \
	testsuite/unit/shell_layout.c \
	testsuite/unit/shell_mask.c \
	testsuite/unit/shell_lines.c \
	testsuite/unit/shell_filter.c \
	testsuite/unit/shell_foreign.c \
	testsuite/unit/shell_grammar.c \
	testsuite/unit/shell_rlink.c \
	testsuite/unit/shell_service.c \
	testsuite/unit/shell_session.c \
	testsuite/unit/shell_show.c \
	testsuite/unit/shell_tcl.c \
	testsuite/unit/shell_desk.h \
	testsuite/unit/shell_desk.c \
	testsuite/unit/shell_term.c \
	testsuite/unit/shell_transcript.c
endif

# the program on pipes
TESTS += testsuite/cli/pipe.sh testsuite/cli/nvram.sh testsuite/cli/flash.sh testsuite/cli/attach.sh
EXTRA_DIST += testsuite/cli/pipe.sh testsuite/cli/nvram.sh testsuite/cli/flash.sh testsuite/cli/attach.sh

# configurations of real routers' kinds
TESTS += testsuite/cli/check.sh
EXTRA_DIST += testsuite/cli/check.sh testsuite/configs

# captures as ladders
TESTS += testsuite/cli/ladder.sh
EXTRA_DIST += testsuite/cli/ladder.sh testsuite/ladder
EXTRA_DIST += testsuite/pki
