noinst_LIBRARIES += datapath/libdatapath.a
datapath_libdatapath_a_SOURCES = datapath/placeholder.c
