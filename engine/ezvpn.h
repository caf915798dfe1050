#ifndef INSPIRE_ENGINE_EZVPN_H
#define INSPIRE_ENGINE_EZVPN_H

/*
 * EzVPN as it runs.  A server (ezserver.c) lets clients in, lends them addresses and takes them back; a client
 * (ezvpn.c: the states of a connection; ezvpn_net.c: what it sets up when connected) keeps its connections.
 * The functions named router_... are for the shell.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/cfg_ezvpn.h"
#include "engine/router.h"

struct crypto_peer;
struct ezserver;
struct ezvpns;

/* --- Addresses of pools (ippool.c) --- */

struct ippool;
struct ippool	*ippool_new(void);
void		 ippool_free(struct ippool *p);
/* The one that was never lent and is the lowest, else the one that has been back for longest. 0: none is free. */
uint32_t	 ippool_take(struct ippool *p, const struct cfg_pool *c);
void		 ippool_give(struct ippool *p, uint32_t addr);
bool		 ippool_used(const struct ippool *p, uint32_t addr);

struct pool_info {
	const char	*name;
	uint32_t	 lo, hi;
	size_t		 size, used;
};
void		 router_pool_each(struct router *r, void (*fn)(void *arg, const struct pool_info *i), void *arg);	/* each range */
bool		 router_pool_used(const struct router *r, uint32_t addr);

/* --- Server --- */

struct ezserver	*ezserver_new(struct router *r);
void		 ezserver_free(struct ezserver *s);
/* What a path's crypto map or the profile says of clients: NULL = nothing. */
const struct cfg_ezclients *ezserver_clients(const struct router *r, const struct ike_path *path, const struct cfg_isakmp_profile *p);
/* Adds what holds for a client: the group's key if id names a group, and our part in XAUTH and mode configuration. */
void		 ezserver_peer(struct router *r, const struct ike_path *path, const struct cfg_isakmp_profile *p, const struct ike_id *id,
		    bool no_xauth, struct ike_peer_config *out);
enum ike_answer	 ezserver_check(struct router *r, const struct ike_sa_info *sa, const struct ike_credentials *c);
void		 ezserver_xauth_done(struct router *r, const struct ike_sa_info *sa, bool ok);
bool		 ezserver_give(struct router *r, const struct ike_sa_info *sa, const struct ike_modecfg *asked, struct ike_modecfg *out);
void		 ezserver_sa_down(struct router *r, const struct ike_sa_info *sa);
void		 ezserver_moved(struct router *r, const struct ike_path *path, const struct ike_path *old);	/* a client, behind a translator */
void		 ezserver_session(struct router *r, const struct crypto_peer *c, bool up);	/* its IPsec SAs have come, or all gone */

struct ezclient_info {
	struct ike_path	 path;
	const char	*user, *group;		/* lent */
	struct addr	 assigned;
};
void		 router_ezclient_each(struct router *r, void (*fn)(void *arg, const struct ezclient_info *i), void *arg);
bool		 router_clear_user(struct router *r, const char *user);	/* false: nobody of that name is in */

/* --- Client --- */

/* By IOS's names. */
enum ez_state {
#define EZ_STATE(id)	EZS_##id,
#include "engine/ezvpn.def"
#undef EZ_STATE
	EZS__COUNT
};
enum ez_event {
#define EZ_EVENT(id)	EZE_##id,
#include "engine/ezvpn.def"
#undef EZ_EVENT
	EZE__COUNT
};
const char	*ez_state_name(enum ez_state s);
const char	*ez_event_name(enum ez_event e);

struct ezvpn_info {
	const char	*name;
	enum ez_state	 state;
	enum ez_event	 event;
	bool		 any_event;
	const char	*outside;		/* NULL = none */
	const struct ike_modecfg *got;		/* NULL = nothing yet */
	struct addr	 peer;			/* of the moment; none = none */
	const struct cfg_list *backups;		/* that the server told of */
};
void		 router_ezvpn_each(struct router *r, void (*fn)(void *arg, const struct ezvpn_info *i), void *arg);
/* NULL, or why not (lent). */
const char	*router_ezvpn_connect(struct router *r, const char *name);
const char	*router_ezvpn_xauth(struct router *r, const char *name, const struct ike_credentials *c);
bool		 router_ezvpn_asks(const struct router *r, const char *name);	/* does it wait for a user? */
bool		 router_ezvpn_clear(struct router *r, const char *name);	/* NULL = all; false: there is no such */

struct ezvpns	*ezvpns_new(struct router *r);
void		 ezvpns_free(struct ezvpns *e);
void		 ezvpns_drop_stale(struct router *r);	/* connections that the configuration no longer has as they are */
void		 ezvpns_apply(struct router *r);
void		 ezvpns_net_changed(struct router *r);
bool		 ezvpns_wanted(const struct router *r);	/* does any connection need IKE? */
/* True: path leads to a connection's server, and out is filled in. */
bool		 ezvpn_peer(struct router *r, const struct ike_path *path, struct ike_peer_config *out);
enum ike_answer	 ezvpn_ask(struct router *r, const struct ike_sa_info *sa, const struct ike_xauth_ask *ask, struct ike_credentials *out);
bool		 ezvpn_xauth_done(struct router *r, const struct ike_sa_info *sa, bool ok);	/* false: no client's SA */
void		 ezvpn_want(struct router *r, const struct ike_sa_info *sa, struct ike_modecfg *out);
void		 ezvpn_got(struct router *r, const struct ike_sa_info *sa, const struct ike_modecfg *got);
void		 ezvpn_ready(struct router *r, const struct ike_sa_info *sa);
void		 ezvpn_sa_up(struct router *r, const struct ike_sa_info *sa);
void		 ezvpn_sa_down(struct router *r, const struct ike_sa_info *sa, bool dpd);
void		 ezvpn_begin_failed(struct router *r, const struct ike_path *path, enum ike_fail why);
void		 ezvpn_no_sa(struct router *r, uint32_t policy);

#endif
