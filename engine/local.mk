noinst_LIBRARIES += engine/libengine.a
engine_libengine_a_SOURCES = engine/config.h engine/config.c engine/ifname.c engine/transform.c
engine_libengine_a_SOURCES += engine/router.h engine/internal.h engine/router.c engine/ifnet.c engine/route.c engine/log.h engine/log.c engine/probe.c
