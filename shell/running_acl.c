/* Access lists as the running configuration has them: named ones as blocks, numbered ones line by line. */

#include "engine/acl.h"
#include "engine/config.h"
#include "lib/text.h"
#include "shell/acl_text.h"
#include "shell/running_config.h"

static void
write_block(const struct cfg_acl *l, struct text *out)
{
	const struct cfg_ace *e;

	text_printf(out, "ip access-list %s %s\n", l->extended ? "extended" : "standard", l->name);
	TAILQ_FOREACH(e, &l->aces, next) {
		text_addc(out, ' ');
		acl_entry_config(out, l, e);
		text_addc(out, '\n');
	}
}

static void
write_numbered(const struct cfg_acl *l, struct text *out)
{
	const struct cfg_ace *e;

	TAILQ_FOREACH(e, &l->aces, next) {
		text_printf(out, "access-list %s ", l->name);
		acl_entry_config(out, l, e);
		text_addc(out, '\n');
	}
}

void
running_acls(const struct config *c, struct text *out)
{
	const struct cfg_acl *l;
	size_t before = out->len;

	TAILQ_FOREACH(l, &c->acls, next)
		if (l->number == 0)
			write_block(l, out);
	if (out->len > before)
		text_add(out, "!\n");
	before = out->len;
	TAILQ_FOREACH(l, &c->acls, next)
		if (l->number != 0)
			write_numbered(l, out);
	if (out->len > before)
		text_add(out, "!\n");
}

void
running_access_group(const struct cfg_if *i, struct text *out)
{
	if (i->acl_in != NULL)
		text_printf(out, " ip access-group %s in\n", i->acl_in);
	if (i->acl_out != NULL)
		text_printf(out, " ip access-group %s out\n", i->acl_out);
}
