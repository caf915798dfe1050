typedef int datapath_floor;	/* replaced by the first real file */
