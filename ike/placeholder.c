typedef int ike_floor;	/* replaced by the first real file */
