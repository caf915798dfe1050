typedef int engine_floor;	/* replaced by the first real file */
