noinst_LIBRARIES += datapath/libdatapath.a
datapath_libdatapath_a_SOURCES = \
	datapath/capture.h datapath/datapath.h datapath/drop.def datapath/internal.h datapath/pkt.h datapath/sa.h \
	datapath/arp.h datapath/fib.h datapath/frag.h datapath/icmp.h datapath/ifnet.h datapath/own.h datapath/udp.h \
	datapath/wire.h \
	datapath/counters.c datapath/datapath.c datapath/event.c datapath/pkt.c \
	datapath/ah.h datapath/crypto.h datapath/crypto_hash.h datapath/replay.h datapath/sa_run.h datapath/sad.h \
	datapath/ah.c datapath/crypto_hash.c datapath/crypto_ossl.c datapath/esp_in.c datapath/esp_out.c \
	datapath/policy.c datapath/sa.c datapath/sad.c
