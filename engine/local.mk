noinst_LIBRARIES += engine/libengine.a
engine_libengine_a_SOURCES = engine/config.h engine/config.c engine/ifname.c engine/transform.c
