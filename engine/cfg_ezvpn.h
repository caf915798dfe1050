#ifndef INSPIRE_ENGINE_CFG_EZVPN_H
#define INSPIRE_ENGINE_CFG_EZVPN_H

/*
 * EzVPN as configured.  A server's part: groups of clients, pools of addresses, and what a crypto map or an ISAKMP
 * profile says of clients.  A client's part: its connections (`crypto ipsec client ezvpn`).  What is named (lists,
 * pools, access lists) is looked up when it is needed.
 */

#include <sys/queue.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ike/ike.h"
#include "lib/addr.h"

struct config;

#define EZ_NAME_MAX	IKE_NAME_MAX	/* of a group, a pool, a connection; with the NUL */
#define EZ_LIST_MAX	10		/* split-dns, backup-gateway, access-restrict, peers */
#define EZ_POOL_MAX	65536u		/* addresses of a pool */
#define EZ_ALL		UINT32_MAX

struct cfg_list { char *v[EZ_LIST_MAX]; size_t n; };
bool	 cfg_list_add(struct cfg_list *l, const char *s);	/* false: full; nothing if it is there */
bool	 cfg_list_del(struct cfg_list *l, const char *s);	/* s NULL = all; false: it isn't there */

/* crypto isakmp client configuration group NAME */
struct cfg_ezgroup {
	TAILQ_ENTRY(cfg_ezgroup) next;
	char			*name, *key, *pool, *domain, *acl, *banner;
	uint32_t		 dns[2], wins[2], netmask;
	struct cfg_list		 split_dns, backup, restrict_if;
	bool			 save_password, local_lan, pfs, group_lock;
	unsigned		 max_users, max_logins;		/* 0 = no limit */
};
TAILQ_HEAD(cfg_ezgroups, cfg_ezgroup);

struct cfg_range { uint32_t lo, hi; };
struct cfg_pool {
	TAILQ_ENTRY(cfg_pool)	 next;
	char			*name;
	struct cfg_range	*v;
	size_t			 n;
};
TAILQ_HEAD(cfg_pools, cfg_pool);

/* What a crypto map or an ISAKMP profile says of the clients that come by it. */
struct cfg_ezclients {
	char			*authentication, *authorization;	/* names of AAA lists */
	bool			 respond, initiate;			/* client configuration address */
};
struct cfg_ezmap {
	TAILQ_ENTRY(cfg_ezmap)	 next;
	char			*map;				/* the crypto map's name */
	struct cfg_ezclients	 c;
};
TAILQ_HEAD(cfg_ezmaps, cfg_ezmap);

enum ez_connect { EZ_AUTO, EZ_MANUAL, EZ_BY_ACL };
enum ez_mode { EZ_CLIENT, EZ_NETWORK_EXTENSION, EZ_NETWORK_PLUS };

/* crypto ipsec client ezvpn NAME */
struct cfg_ezvpn {
	TAILQ_ENTRY(cfg_ezvpn)	 next;
	char			*name, *group, *key, *user, *password, *acl, *connect_acl;
	enum ez_connect		 connect;
	enum ez_mode		 mode;
	struct cfg_list		 peers;				/* dotted addresses */
	char			*dflt;				/* which of them is the default one */
	bool			 userid_set, local_userid;	/* xauth userid mode */
	uint32_t		 idle_s;			/* 0 = none */
	bool			 nat_allow, flow_restrict;	/* kept */
};
TAILQ_HEAD(cfg_ezvpns, cfg_ezvpn);

struct cfg_ez {
	struct cfg_ezgroups	 groups;
	struct cfg_pools	 pools;
	struct cfg_ezmaps	 maps;
	struct cfg_ezvpns	 clients;
	char			*address_pool;			/* crypto isakmp client configuration address-pool local */
	uint32_t		 xauth_timeout_s;		/* 0 = default */
	bool			 logging;			/* crypto logging ezvpn */
	char			*logging_group;			/* of one group only */
};

void			 cfg_ez_init(struct cfg_ez *e);
void			 cfg_ez_free(struct cfg_ez *e);
struct cfg_ezgroup	*config_ezgroup(struct config *c, const char *name, bool create);
void			 config_ezgroup_del(struct config *c, struct cfg_ezgroup *g);
struct cfg_pool		*config_pool(struct config *c, const char *name, bool create);
void			 config_pool_del(struct config *c, struct cfg_pool *p);
enum pool_fault { POOL_OK, POOL_BACKWARDS, POOL_TOO_BIG, POOL_OVERLAP };
enum pool_fault		 config_pool_add(struct config *c, const char *name, uint32_t lo, uint32_t hi);
size_t			 cfg_pool_size(const struct cfg_pool *p);
struct cfg_ezmap	*config_ezmap(struct config *c, const char *map, bool create);
void			 config_ezmap_tidy(struct config *c, struct cfg_ezmap *m);	/* goes if it says nothing any more */
struct cfg_ezvpn	*config_ezvpn(struct config *c, const char *name, bool create);
void			 config_ezvpn_del(struct config *c, struct cfg_ezvpn *e);	/* and from the interfaces */
void			 cfg_ezclients_free(struct cfg_ezclients *c);
/* Sets a secret, wiping what was there. */
void			 config_set_secret(char **slot, const char *s);

#endif
