noinst_LIBRARIES += datapath/libdatapath.a
datapath_libdatapath_a_SOURCES = \
	datapath/acl.c datapath/acl.h \
	datapath/ah.c datapath/ah.h \
	datapath/arp.c datapath/arp.h \
	datapath/capfile.c datapath/capfile.h \
	datapath/capture.c datapath/capture.h datapath/pcapng.c datapath/pcapng.h \
	datapath/classify.c datapath/classify.h datapath/classify_block.h datapath/classify_search.c \
	datapath/counters.c \
	datapath/crypto.c datapath/crypto.h datapath/crypto_int.h datapath/crypto_batch.c datapath/crypto_imb.c datapath/crypto_ossl.c \
	datapath/crypto_hash.c datapath/crypto_hash.h \
	datapath/datapath.c datapath/datapath.h \
	datapath/drop.def \
	datapath/port.c datapath/port.h datapath/port_int.h datapath/port_device.c datapath/port_host.c datapath/port_offload.c datapath/port_coalesce.c \
	datapath/port_pcap.c datapath/port_file.c datapath/port_tap.c datapath/port_udp.c datapath/port_watch.c \
	datapath/esp_in.c datapath/esp_in.h datapath/esp_decap.c datapath/esp_out.c datapath/esp_out.h \
	datapath/lane.c datapath/lane.h datapath/lane_int.h datapath/lane_flow.c datapath/lane_open.c datapath/lane_seal.c \
	datapath/event.c \
	datapath/datapath6.h \
	datapath/fib.c datapath/fib.h \
	datapath/filter.c \
	datapath/fib6.c datapath/fib6.h \
	datapath/frag6.c \
	datapath/icmp6.c \
	datapath/if6.c \
	datapath/ip6.c datapath/ip6.h \
	datapath/nd.c \
	datapath/nd_msg.c \
	datapath/ra.c \
	datapath/route6.c \
	datapath/udp6.c \
	datapath/frag.c datapath/frag.h \
	datapath/gre.c datapath/gre.h datapath/gre_in.c datapath/gre_out.c datapath/gre_run.h \
	datapath/icmp.c datapath/icmp.h \
	datapath/ifnet.c datapath/ifnet.h \
	datapath/internal.h \
	datapath/ip.c datapath/ip.h \
	datapath/link.c datapath/link.h \
	datapath/nat.c datapath/nat.h \
	datapath/nat6.c datapath/nat6.h \
	datapath/nat_table.c datapath/nat_table.h \
	datapath/natt.c datapath/natt.h \
	datapath/own.c datapath/own.h \
	datapath/pkt.c datapath/pkt.h \
	datapath/policy.c \
	datapath/policy6.c \
	datapath/replay.h \
	datapath/ring.c datapath/ring.h \
	datapath/route.c \
	datapath/sa.c datapath/sa.h datapath/sa_info.c datapath/sa_int.h datapath/sa_life.c datapath/sa_place.c datapath/sa_run.h \
	datapath/sad.c datapath/sad.h \
	datapath/spd.c datapath/spd.h \
	datapath/tap.c datapath/tap.h \
	datapath/worker.c datapath/worker.h datapath/worker_hook.h datapath/worker_int.h \
	datapath/worker_event.c datapath/worker_info.c datapath/worker_mirror.c datapath/worker_way.c \
	datapath/udp.c datapath/udp.h \
	datapath/wire.h
