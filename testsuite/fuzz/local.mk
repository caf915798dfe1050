# Fuzz targets.  fuzz_NAME is libFuzzer's (make fuzzers, with --enable-fuzzer); run_NAME is the same target under a
# plain main that goes over the seed corpus, its cuts and some mutants, in every make check.
FUZZERS =
EXTRA_DIST += testsuite/fuzz/corpus
if ENABLE_FUZZER
FUZZERS += testsuite/fuzz/fuzz_ip
EXTRA_PROGRAMS += testsuite/fuzz/fuzz_ip
testsuite_fuzz_fuzz_ip_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
testsuite_fuzz_fuzz_ip_LDADD = $(DATAPATH_LIBS)
testsuite_fuzz_fuzz_ip_SOURCES = testsuite/fuzz/fuzz_ip.c testsuite/fuzz/fuzz.h
FUZZERS += testsuite/fuzz/fuzz_ike
EXTRA_PROGRAMS += testsuite/fuzz/fuzz_ike
testsuite_fuzz_fuzz_ike_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
testsuite_fuzz_fuzz_ike_LDADD = $(IKE_LIBS)
testsuite_fuzz_fuzz_ike_SOURCES = testsuite/fuzz/fuzz_ike.c testsuite/fuzz/fuzz.h

FUZZERS += testsuite/fuzz/fuzz_esp
EXTRA_PROGRAMS += testsuite/fuzz/fuzz_esp
testsuite_fuzz_fuzz_esp_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
testsuite_fuzz_fuzz_esp_LDADD = $(DATAPATH_LIBS)
testsuite_fuzz_fuzz_esp_SOURCES = testsuite/fuzz/fuzz_esp.c testsuite/fuzz/fuzz.h
FUZZERS += testsuite/fuzz/fuzz_cli
EXTRA_PROGRAMS += testsuite/fuzz/fuzz_cli
testsuite_fuzz_fuzz_cli_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
testsuite_fuzz_fuzz_cli_LDADD = $(SHELL_LIBS)
testsuite_fuzz_fuzz_cli_SOURCES = testsuite/fuzz/fuzz_cli.c testsuite/fuzz/fuzz.h testsuite/unit/shell_bench.c testsuite/unit/shell_bench.h

FUZZERS += testsuite/fuzz/fuzz_config
EXTRA_PROGRAMS += testsuite/fuzz/fuzz_config
testsuite_fuzz_fuzz_config_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
testsuite_fuzz_fuzz_config_LDADD = $(SHELL_LIBS)
testsuite_fuzz_fuzz_config_SOURCES = testsuite/fuzz/fuzz_config.c testsuite/fuzz/fuzz.h testsuite/unit/shell_bench.c testsuite/unit/shell_bench.h
endif

check_PROGRAMS += testsuite/fuzz/run_esp
TESTS += testsuite/fuzz/run_esp
testsuite_fuzz_run_esp_LDADD = $(DATAPATH_LIBS)
testsuite_fuzz_run_esp_SOURCES = testsuite/fuzz/fuzz_esp.c testsuite/fuzz/fuzz.h testsuite/fuzz/driver.c

check_PROGRAMS += testsuite/fuzz/run_ip
TESTS += testsuite/fuzz/run_ip
testsuite_fuzz_run_ip_LDADD = $(DATAPATH_LIBS)
testsuite_fuzz_run_ip_SOURCES = testsuite/fuzz/fuzz_ip.c testsuite/fuzz/fuzz.h testsuite/fuzz/driver.c

check_PROGRAMS += testsuite/fuzz/run_ike
TESTS += testsuite/fuzz/run_ike
testsuite_fuzz_run_ike_CPPFLAGS = $(AM_CPPFLAGS) -DMUTANTS=150
testsuite_fuzz_run_ike_LDADD = $(IKE_LIBS)
testsuite_fuzz_run_ike_SOURCES = testsuite/fuzz/fuzz_ike.c testsuite/fuzz/fuzz.h testsuite/fuzz/driver.c

if ENABLE_FUZZER
FUZZERS += testsuite/fuzz/fuzz_topology
EXTRA_PROGRAMS += testsuite/fuzz/fuzz_topology
testsuite_fuzz_fuzz_topology_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
testsuite_fuzz_fuzz_topology_LDADD = $(ENGINE_LIBS)
testsuite_fuzz_fuzz_topology_SOURCES = testsuite/fuzz/fuzz_topology.c testsuite/fuzz/fuzz.h
endif

check_PROGRAMS += testsuite/fuzz/run_topology
TESTS += testsuite/fuzz/run_topology
testsuite_fuzz_run_topology_LDADD = $(ENGINE_LIBS)
testsuite_fuzz_run_topology_SOURCES = testsuite/fuzz/fuzz_topology.c testsuite/fuzz/fuzz.h testsuite/fuzz/driver.c

if ENABLE_FUZZER
FUZZERS += testsuite/fuzz/fuzz_transcript
EXTRA_PROGRAMS += testsuite/fuzz/fuzz_transcript
testsuite_fuzz_fuzz_transcript_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
testsuite_fuzz_fuzz_transcript_LDADD = $(SHELL_LIBS)
testsuite_fuzz_fuzz_transcript_SOURCES = testsuite/fuzz/fuzz_transcript.c testsuite/fuzz/fuzz.h
endif

check_PROGRAMS += testsuite/fuzz/run_transcript
TESTS += testsuite/fuzz/run_transcript
testsuite_fuzz_run_transcript_LDADD = $(SHELL_LIBS)
testsuite_fuzz_run_transcript_SOURCES = testsuite/fuzz/fuzz_transcript.c testsuite/fuzz/fuzz.h testsuite/fuzz/driver.c

check_PROGRAMS += testsuite/fuzz/run_cli
TESTS += testsuite/fuzz/run_cli
testsuite_fuzz_run_cli_LDADD = $(SHELL_LIBS)
testsuite_fuzz_run_cli_SOURCES = testsuite/fuzz/fuzz_cli.c testsuite/fuzz/fuzz.h testsuite/fuzz/driver.c \
	testsuite/unit/shell_bench.c testsuite/unit/shell_bench.h

check_PROGRAMS += testsuite/fuzz/run_config
TESTS += testsuite/fuzz/run_config
testsuite_fuzz_run_config_CPPFLAGS = $(AM_CPPFLAGS) -DCUTS_MAX=300 -DMUTANTS=100
testsuite_fuzz_run_config_LDADD = $(SHELL_LIBS)
testsuite_fuzz_run_config_SOURCES = testsuite/fuzz/fuzz_config.c testsuite/fuzz/fuzz.h testsuite/fuzz/driver.c \
	testsuite/unit/shell_bench.c testsuite/unit/shell_bench.h

if ENABLE_FUZZER
FUZZERS += testsuite/fuzz/fuzz_cert
EXTRA_PROGRAMS += testsuite/fuzz/fuzz_cert
testsuite_fuzz_fuzz_cert_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
testsuite_fuzz_fuzz_cert_LDADD = $(ENGINE_LIBS)
testsuite_fuzz_fuzz_cert_SOURCES = testsuite/fuzz/fuzz_cert.c testsuite/fuzz/fuzz.h
endif

check_PROGRAMS += testsuite/fuzz/run_cert
TESTS += testsuite/fuzz/run_cert
testsuite_fuzz_run_cert_CPPFLAGS = $(AM_CPPFLAGS) -DCUTS_MAX=200 -DMUTANTS=200
testsuite_fuzz_run_cert_LDADD = $(ENGINE_LIBS)
testsuite_fuzz_run_cert_SOURCES = testsuite/fuzz/fuzz_cert.c testsuite/fuzz/fuzz.h testsuite/fuzz/driver.c

if ENABLE_FUZZER
FUZZERS += testsuite/fuzz/fuzz_nhrp
EXTRA_PROGRAMS += testsuite/fuzz/fuzz_nhrp
testsuite_fuzz_fuzz_nhrp_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
testsuite_fuzz_fuzz_nhrp_LDADD = $(ENGINE_LIBS)
testsuite_fuzz_fuzz_nhrp_SOURCES = testsuite/fuzz/fuzz_nhrp.c testsuite/fuzz/fuzz.h
endif

check_PROGRAMS += testsuite/fuzz/run_nhrp
TESTS += testsuite/fuzz/run_nhrp
testsuite_fuzz_run_nhrp_LDADD = $(ENGINE_LIBS)
testsuite_fuzz_run_nhrp_SOURCES = testsuite/fuzz/fuzz_nhrp.c testsuite/fuzz/fuzz.h testsuite/fuzz/driver.c

if ENABLE_FUZZER
FUZZERS += testsuite/fuzz/fuzz_gre
EXTRA_PROGRAMS += testsuite/fuzz/fuzz_gre
testsuite_fuzz_fuzz_gre_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
testsuite_fuzz_fuzz_gre_LDADD = $(DATAPATH_LIBS)
testsuite_fuzz_fuzz_gre_SOURCES = testsuite/fuzz/fuzz_gre.c testsuite/fuzz/fuzz.h
endif

check_PROGRAMS += testsuite/fuzz/run_gre
TESTS += testsuite/fuzz/run_gre
testsuite_fuzz_run_gre_LDADD = $(DATAPATH_LIBS)
testsuite_fuzz_run_gre_SOURCES = testsuite/fuzz/fuzz_gre.c testsuite/fuzz/fuzz.h testsuite/fuzz/driver.c

if ENABLE_FUZZER
FUZZERS += testsuite/fuzz/fuzz_ip6
EXTRA_PROGRAMS += testsuite/fuzz/fuzz_ip6
testsuite_fuzz_fuzz_ip6_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
testsuite_fuzz_fuzz_ip6_LDADD = $(DATAPATH_LIBS)
testsuite_fuzz_fuzz_ip6_SOURCES = testsuite/fuzz/fuzz_ip6.c testsuite/fuzz/fuzz.h
endif

check_PROGRAMS += testsuite/fuzz/run_ip6
TESTS += testsuite/fuzz/run_ip6
testsuite_fuzz_run_ip6_LDADD = $(DATAPATH_LIBS)
testsuite_fuzz_run_ip6_SOURCES = testsuite/fuzz/fuzz_ip6.c testsuite/fuzz/fuzz.h testsuite/fuzz/driver.c

if ENABLE_FUZZER
FUZZERS += testsuite/fuzz/fuzz_acl
EXTRA_PROGRAMS += testsuite/fuzz/fuzz_acl
testsuite_fuzz_fuzz_acl_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
testsuite_fuzz_fuzz_acl_LDADD = $(SHELL_LIBS)
testsuite_fuzz_fuzz_acl_SOURCES = testsuite/fuzz/fuzz_acl.c testsuite/fuzz/fuzz.h testsuite/unit/shell_bench.c testsuite/unit/shell_bench.h
endif
check_PROGRAMS += testsuite/fuzz/run_acl
TESTS += testsuite/fuzz/run_acl
testsuite_fuzz_run_acl_CPPFLAGS = $(AM_CPPFLAGS) -DMUTANTS=150
testsuite_fuzz_run_acl_LDADD = $(SHELL_LIBS)
testsuite_fuzz_run_acl_SOURCES = testsuite/fuzz/fuzz_acl.c testsuite/fuzz/fuzz.h testsuite/fuzz/driver.c \
	testsuite/unit/shell_bench.c testsuite/unit/shell_bench.h

fuzzers: $(FUZZERS)
.PHONY: fuzzers

if ENABLE_FUZZER
FUZZERS += testsuite/fuzz/fuzz_snmp
EXTRA_PROGRAMS += testsuite/fuzz/fuzz_snmp
testsuite_fuzz_fuzz_snmp_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
testsuite_fuzz_fuzz_snmp_LDADD = $(ENGINE_LIBS)
testsuite_fuzz_fuzz_snmp_SOURCES = testsuite/fuzz/fuzz_snmp.c testsuite/fuzz/fuzz.h
endif
check_PROGRAMS += testsuite/fuzz/run_snmp
TESTS += testsuite/fuzz/run_snmp
testsuite_fuzz_run_snmp_LDADD = $(ENGINE_LIBS)
testsuite_fuzz_run_snmp_SOURCES = testsuite/fuzz/fuzz_snmp.c testsuite/fuzz/fuzz.h testsuite/fuzz/driver.c

if ENABLE_FUZZER
FUZZERS += testsuite/fuzz/fuzz_nat
EXTRA_PROGRAMS += testsuite/fuzz/fuzz_nat
testsuite_fuzz_fuzz_nat_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
testsuite_fuzz_fuzz_nat_LDADD = $(DATAPATH_LIBS)
testsuite_fuzz_fuzz_nat_SOURCES = testsuite/fuzz/fuzz_nat.c testsuite/fuzz/fuzz.h
endif
check_PROGRAMS += testsuite/fuzz/run_nat
TESTS += testsuite/fuzz/run_nat
testsuite_fuzz_run_nat_LDADD = $(DATAPATH_LIBS)
testsuite_fuzz_run_nat_SOURCES = testsuite/fuzz/fuzz_nat.c testsuite/fuzz/fuzz.h testsuite/fuzz/driver.c

if ENABLE_FUZZER
FUZZERS += testsuite/fuzz/fuzz_opener
EXTRA_PROGRAMS += testsuite/fuzz/fuzz_opener
testsuite_fuzz_fuzz_opener_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
testsuite_fuzz_fuzz_opener_LDADD = $(SHELL_LIBS)
testsuite_fuzz_fuzz_opener_SOURCES = testsuite/fuzz/fuzz_opener.c testsuite/fuzz/fuzz.h
FUZZERS += testsuite/fuzz/fuzz_rlink
EXTRA_PROGRAMS += testsuite/fuzz/fuzz_rlink
testsuite_fuzz_fuzz_rlink_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
testsuite_fuzz_fuzz_rlink_LDADD = $(SHELL_LIBS)
testsuite_fuzz_fuzz_rlink_SOURCES = testsuite/fuzz/fuzz_rlink.c testsuite/fuzz/fuzz.h
endif

check_PROGRAMS += testsuite/fuzz/run_opener
TESTS += testsuite/fuzz/run_opener
testsuite_fuzz_run_opener_LDADD = $(SHELL_LIBS)
testsuite_fuzz_run_opener_SOURCES = testsuite/fuzz/fuzz_opener.c testsuite/fuzz/fuzz.h testsuite/fuzz/driver.c

check_PROGRAMS += testsuite/fuzz/run_rlink
TESTS += testsuite/fuzz/run_rlink
testsuite_fuzz_run_rlink_LDADD = $(SHELL_LIBS)
testsuite_fuzz_run_rlink_SOURCES = testsuite/fuzz/fuzz_rlink.c testsuite/fuzz/fuzz.h testsuite/fuzz/driver.c

if ENABLE_FUZZER
FUZZERS += testsuite/fuzz/fuzz_term
EXTRA_PROGRAMS += testsuite/fuzz/fuzz_term
testsuite_fuzz_fuzz_term_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
testsuite_fuzz_fuzz_term_LDADD = $(SHELL_LIBS)
testsuite_fuzz_fuzz_term_SOURCES = testsuite/fuzz/fuzz_term.c testsuite/fuzz/fuzz.h testsuite/unit/shell_bench.c testsuite/unit/shell_bench.h \
	testsuite/unit/shell_desk.c testsuite/unit/shell_desk.h
endif
check_PROGRAMS += testsuite/fuzz/run_term
TESTS += testsuite/fuzz/run_term
testsuite_fuzz_run_term_CPPFLAGS = $(AM_CPPFLAGS) -DMUTANTS=60
testsuite_fuzz_run_term_LDADD = $(SHELL_LIBS)
testsuite_fuzz_run_term_SOURCES = testsuite/fuzz/fuzz_term.c testsuite/fuzz/fuzz.h testsuite/fuzz/driver.c \
	testsuite/unit/shell_bench.c testsuite/unit/shell_bench.h testsuite/unit/shell_desk.c testsuite/unit/shell_desk.h

if ENABLE_FUZZER
FUZZERS += testsuite/fuzz/fuzz_replace
EXTRA_PROGRAMS += testsuite/fuzz/fuzz_replace
testsuite_fuzz_fuzz_replace_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
testsuite_fuzz_fuzz_replace_LDADD = $(SHELL_LIBS)
testsuite_fuzz_fuzz_replace_SOURCES = testsuite/fuzz/fuzz_replace.c testsuite/fuzz/fuzz.h testsuite/unit/shell_bench.c testsuite/unit/shell_bench.h
endif

check_PROGRAMS += testsuite/fuzz/run_replace
TESTS += testsuite/fuzz/run_replace
testsuite_fuzz_run_replace_CPPFLAGS = $(AM_CPPFLAGS) -DCUTS_MAX=60 -DMUTANTS=40
testsuite_fuzz_run_replace_LDADD = $(SHELL_LIBS)
testsuite_fuzz_run_replace_SOURCES = testsuite/fuzz/fuzz_replace.c testsuite/fuzz/fuzz.h testsuite/fuzz/driver.c \
	testsuite/unit/shell_bench.c testsuite/unit/shell_bench.h

if ENABLE_FUZZER
FUZZERS += testsuite/fuzz/fuzz_capfile
EXTRA_PROGRAMS += testsuite/fuzz/fuzz_capfile
testsuite_fuzz_fuzz_capfile_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
testsuite_fuzz_fuzz_capfile_LDADD = $(DATAPATH_LIBS)
testsuite_fuzz_fuzz_capfile_SOURCES = testsuite/fuzz/fuzz_capfile.c testsuite/fuzz/fuzz.h
endif

check_PROGRAMS += testsuite/fuzz/run_capfile
TESTS += testsuite/fuzz/run_capfile
testsuite_fuzz_run_capfile_LDADD = $(DATAPATH_LIBS)
testsuite_fuzz_run_capfile_SOURCES = testsuite/fuzz/fuzz_capfile.c testsuite/fuzz/fuzz.h testsuite/fuzz/driver.c

if ENABLE_FUZZER
FUZZERS += testsuite/fuzz/fuzz_ladder
EXTRA_PROGRAMS += testsuite/fuzz/fuzz_ladder
testsuite_fuzz_fuzz_ladder_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
testsuite_fuzz_fuzz_ladder_LDADD = $(SHELL_LIBS)
testsuite_fuzz_fuzz_ladder_SOURCES = testsuite/fuzz/fuzz_ladder.c testsuite/fuzz/fuzz.h
endif

check_PROGRAMS += testsuite/fuzz/run_ladder
TESTS += testsuite/fuzz/run_ladder
testsuite_fuzz_run_ladder_CPPFLAGS = $(AM_CPPFLAGS) -DCUTS_MAX=200 -DMUTANTS=100
testsuite_fuzz_run_ladder_LDADD = $(SHELL_LIBS)
testsuite_fuzz_run_ladder_SOURCES = testsuite/fuzz/fuzz_ladder.c testsuite/fuzz/fuzz.h testsuite/fuzz/driver.c

if ENABLE_FUZZER
FUZZERS += testsuite/fuzz/fuzz_offload
EXTRA_PROGRAMS += testsuite/fuzz/fuzz_offload
testsuite_fuzz_fuzz_offload_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
testsuite_fuzz_fuzz_offload_LDADD = $(DATAPATH_LIBS)
testsuite_fuzz_fuzz_offload_SOURCES = testsuite/fuzz/fuzz_offload.c testsuite/fuzz/fuzz.h
endif

check_PROGRAMS += testsuite/fuzz/run_offload
TESTS += testsuite/fuzz/run_offload
testsuite_fuzz_run_offload_LDADD = $(DATAPATH_LIBS)
testsuite_fuzz_run_offload_SOURCES = testsuite/fuzz/fuzz_offload.c testsuite/fuzz/fuzz.h testsuite/fuzz/driver.c

# The datapath against a plain implementation of RFC 4303; and the two libraries of its cryptography against each other.
REF_SOURCES = testsuite/ref/rfc4303.c testsuite/ref/rfc4303.h
WRAP_IP = -Wl,--wrap=ip_input_batch -Wl,--wrap=ip_output_batch
if ENABLE_FUZZER
FUZZERS += testsuite/fuzz/fuzz_rfc4303 testsuite/fuzz/fuzz_crypto
EXTRA_PROGRAMS += testsuite/fuzz/fuzz_rfc4303 testsuite/fuzz/fuzz_crypto
testsuite_fuzz_fuzz_rfc4303_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer $(WRAP_IP)
testsuite_fuzz_fuzz_rfc4303_LDADD = $(DATAPATH_LIBS)
testsuite_fuzz_fuzz_rfc4303_SOURCES = testsuite/fuzz/fuzz_rfc4303.c testsuite/fuzz/fuzz.h $(REF_SOURCES)
testsuite_fuzz_fuzz_crypto_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
testsuite_fuzz_fuzz_crypto_LDADD = $(DATAPATH_LIBS)
testsuite_fuzz_fuzz_crypto_SOURCES = testsuite/fuzz/fuzz_crypto.c testsuite/fuzz/fuzz.h
endif

check_PROGRAMS += testsuite/fuzz/run_rfc4303 testsuite/fuzz/run_crypto
TESTS += testsuite/fuzz/run_rfc4303 testsuite/fuzz/run_crypto
testsuite_fuzz_run_rfc4303_CPPFLAGS = $(AM_CPPFLAGS) -DCUTS_MAX=3 -DMUTANTS=12
testsuite_fuzz_run_rfc4303_LDFLAGS = $(AM_LDFLAGS) $(WRAP_IP)
testsuite_fuzz_run_rfc4303_LDADD = $(DATAPATH_LIBS)
testsuite_fuzz_run_rfc4303_SOURCES = testsuite/fuzz/fuzz_rfc4303.c testsuite/fuzz/fuzz.h testsuite/fuzz/driver.c $(REF_SOURCES)
testsuite_fuzz_run_crypto_CPPFLAGS = $(AM_CPPFLAGS) -DCUTS_MAX=8 -DMUTANTS=40
testsuite_fuzz_run_crypto_LDADD = $(DATAPATH_LIBS)
testsuite_fuzz_run_crypto_SOURCES = testsuite/fuzz/fuzz_crypto.c testsuite/fuzz/fuzz.h testsuite/fuzz/driver.c

# Captures played, whole and spoiled, into a router.
check_PROGRAMS += testsuite/fuzz/replay
TESTS += testsuite/fuzz/replay
testsuite_fuzz_replay_LDADD = $(SHELL_LIBS)
testsuite_fuzz_replay_SOURCES = testsuite/fuzz/replay.c testsuite/fuzz/readdress.c testsuite/fuzz/readdress.h
EXTRA_DIST += testsuite/captures
