#ifndef INSPIRE_ENGINE_ACL_LOG_H
#define INSPIRE_ENGINE_ACL_LOG_H

/*
 * What entries with `log` have to say: the first packet of a flow at once, what followed it every five minutes.
 * Flows are kept in a table of bounded length; a flow that finds no room is counted in the list alone.
 */

struct acl_logs;
struct dp_acl_log;
struct router;

struct acl_logs	*acl_logs_new(struct router *r);
void		 acl_logs_free(struct acl_logs *l);
void		 acl_logs_packet(struct router *r, const struct dp_acl_log *e);

#endif
