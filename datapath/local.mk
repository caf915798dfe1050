noinst_LIBRARIES += datapath/libdatapath.a
datapath_libdatapath_a_SOURCES = \
	datapath/capture.h datapath/datapath.h datapath/drop.def datapath/internal.h datapath/pkt.h datapath/sa.h \
	datapath/arp.h datapath/fib.h datapath/frag.h datapath/icmp.h datapath/ifnet.h datapath/own.h datapath/udp.h \
	datapath/wire.h \
	datapath/counters.c datapath/datapath.c datapath/event.c datapath/pkt.c
