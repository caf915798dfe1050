#ifndef INSPIRE_IKE_SAY_H
#define INSPIRE_IKE_SAY_H

/*
 * Debug lines.  say.def has one row a line: its heads and texts in both dialects.  Arguments follow the
 * row's directives: %s string, %u uint32_t, %d int, %X uint32_t in upper-case hex, %A const struct addr *,
 * %h uint64_t handle, %m uint32_t message id.
 */

struct ike;
struct sa;

enum say {
#define SAY(id, chead, ctext, xhead, xtext)	SAY_##id,
#include "ike/say.def"
#undef SAY
	SAY__COUNT
};

void	 say(struct ike *i, const struct sa *sa, enum say what, ...);	/* sa NULL: conn-id 0 */
const char *say_shown(const char *state);	/* as debug pads it */

#endif
