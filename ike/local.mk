noinst_LIBRARIES += ike/libike.a
ike_libike_a_SOURCES = ike/placeholder.c
