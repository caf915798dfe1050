noinst_LIBRARIES += engine/libengine.a
engine_libengine_a_SOURCES = engine/config.h engine/config.c engine/ifname.c engine/transform.c
engine_libengine_a_SOURCES += engine/router.h engine/internal.h engine/router.c engine/ifnet.c engine/route.c engine/log.h engine/log.c engine/probe.c
engine_libengine_a_SOURCES += engine/lab.h engine/lab_impl.h engine/lab.c engine/topology.h engine/topology.c engine/yamltree.h engine/yamltree.c
engine_libengine_a_SOURCES += engine/link.c engine/bridge.c engine/host.c engine/traffic.c engine/fault.c engine/forge.c engine/setting.c
engine_libengine_a_SOURCES += engine/lab_capture.c engine/keyfile.h engine/keyfile.c engine/nvram.c engine/snapshot.c
engine_libengine_a_SOURCES += engine/flow.h engine/flow.c engine/session.c engine/path_mtu.c engine/key_engine.c engine/ipsec_offer.c engine/ipsec_debug.c
engine_libengine_a_SOURCES += engine/sa_params.c engine/flow_info.c engine/tunnel.c engine/inv_spi.c engine/isakmp.c
