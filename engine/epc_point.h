#ifndef INSPIRE_ENGINE_EPC_POINT_H
#define INSPIRE_ENGINE_EPC_POINT_H

/*
 * Capture points and buffers, as releases before IOS XE have them: a point is an interface's packets of one family in one
 * direction or both, a buffer keeps what the points associated with it see.  A buffer is an epc (epc.h) whose interfaces are
 * those of its active points.
 */

#include "engine/epc.h"

#define EPC_POINT_MAX	64u

enum epc_path { EPC_PATH_IP, EPC_PATH_IPV6 };

struct epc_point {
	TAILQ_ENTRY(epc_point)	 next;
	char			*name;
	enum epc_path		 path;
	char			 ifname[CFG_IF_NAME];
	bool			 in, out;
	char			*buffer;	/* NULL = none */
	bool			 active;
};

struct epc_points;
struct epc_points *epc_points_new(struct router *r);
void		 epc_points_free(struct epc_points *ps);

struct epc_point *epc_point_find(const struct router *r, const char *name);
/* NULL: there are EPC_POINT_MAX. */
struct epc_point *epc_point_make(struct router *r, const char *name, enum epc_path path, const char *ifname, bool in, bool out);
void		 epc_point_del(struct router *r, struct epc_point *p);
void		 epc_point_each(const struct router *r, void (*fn)(void *arg, struct epc_point *p), void *arg);
/* NULL, or a sentence that says why not. */
const char	*epc_point_associate(struct router *r, struct epc_point *p, const char *buffer);	/* NULL = with none */
const char	*epc_point_start(struct router *r, struct epc_point *p);
void		 epc_point_stop(struct router *r, struct epc_point *p);

/* A buffer: an epc for points, which a capture of the other kind is not; NULL: none, or one of that kind. */
struct epc	*epc_buffer_find(const struct router *r, const char *name);
struct epc	*epc_buffer_make(struct router *r, const char *name);
void		 epc_buffer_del(struct router *r, struct epc *c);	/* its points end, and have none */

/* epc.c tells: a buffer's limit is reached. */
void		 epc_points_ended(struct epc *c, const char *why);

#endif
