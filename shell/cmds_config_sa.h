#ifndef INSPIRE_SHELL_CMDS_CONFIG_SA_H
#define INSPIRE_SHELL_CMDS_CONFIG_SA_H

/* What commands of IPsec profiles and of crypto maps have in common: how the SAs are that come of them. */

#include "shell/cmds_config.h"

#define LIFE(days)	"lifetime { seconds ~ <120-" days "00>:nseconds | kilobytes ~ { <2560-4294967295>:kb | disable } | days ~ "
#define LIFE_HELP	"How long an SA lives\nBy time\nSeconds\nBy volume\nKilobytes\nNot by volume\nBy time, in days\nDays"
#define REPLAY		"replay { window-size ~ { 64 | 128 | 256 | 512 | 1024 } | disable }"
#define REPLAY_HELP	"Packets that come twice or late\nHow late a packet may be\n64 packets\n128 packets\n256 packets\n512 packets\n1024 packets\nDon't check"
#define DF		" ~ { clear | copy | set }"
#define DF_HELP		"The outer packet's don't-fragment bit\nClear it\nCopy it from the packet inside\nSet it"
#define PFS		"pfs ~ [ { group1 | group2 | group5 | group14 | group15 | group16 | group19 | group20 | group21 | group24 } ]"
#define PFS_HELP	"A key exchange of its own for each SA\n768 bits\n1024 bits\n1536 bits\n2048 bits\n3072 bits\n4096 bits\n" \
			"Elliptic curve, 256 bits\nElliptic curve, 384 bits\nElliptic curve, 521 bits\n2048 bits, subgroup of 256"

void		 conf_life(struct cfg_lifetime *l, const struct args *a);
unsigned	 conf_window(const struct args *a);	/* of replay */
uint8_t		 conf_dfbit(const struct args *a);
unsigned	 conf_pfs(const struct args *a);	/* group, 0 = none */

/* cmds_config_map.c: the crypto map, static or dynamic, that names it; NULL = none */
const char	*conf_map_using_set(const struct config *c, const char *name);
const char	*conf_map_using_profile(const struct config *c, const char *name);

#endif
