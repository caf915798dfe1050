#ifndef INSPIRE_ENGINE_LOGIN_H
#define INSPIRE_ENGINE_LOGIN_H

/*
 * Who may log in to a router: what a line and the lists of methods ask for, failures counted, logged, delayed and
 * blocked (`login block-for`, `login delay`, `login on-failure`).  The same for a console, for SSH and for a Unix socket.
 * A password is held against a stored one elsewhere (it takes milliseconds): here it is said which one.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/cfg_line.h"
#include "engine/cfg_user.h"
#include "lib/addr.h"

struct router;
struct login;		/* counters and the block of one router */

/* Where somebody comes from. */
struct login_from {
	enum line_kind	 kind;
	unsigned	 number;		/* of the line */
	struct addr	 remote, local;		/* af 0: not over a network */
	uint16_t	 remote_port, local_port;
};

enum login_gate { LOGIN_OPEN, LOGIN_BLOCKED /* quiet mode */, LOGIN_ACCESS_CLASS, LOGIN_TRANSPORT, LOGIN_NO_USERS };

struct login	*login_new(struct router *r);
void		 login_free(struct login *l);

/* Before anything is asked: may somebody from there try at all?  Counts and logs a refusal. */
enum login_gate	 login_gate(struct router *r, const struct login_from *from);
const char	*login_gate_why(enum login_gate g);

/* The stored password that a user of that line has to match; for an unknown user one that nothing matches and that takes as long. */
struct login_secret { enum passwd_type type; bool known, none; /* none: nobody is asked */ char stored[PASSWD_STORED_MAX]; };
void		 login_secret(struct router *r, const struct login_from *from, const char *user, struct login_secret *out);
/* Is that public key (an SSH wire blob, RFC 4253 section 6.6) one of the user's (ip ssh pubkey-chain)? */
bool		 login_key(struct router *r, const char *user, const uint8_t *blob, size_t n);
/* The level with which that user's session at that line begins, 0..15. */
unsigned	 login_privilege(struct router *r, const struct login_from *from, const char *user);
/* The command that runs instead of a session (username autocommand), or NULL; lent. */
const char	*login_autocommand(struct router *r, const char *user);

/* The outcome: counted and logged (%SEC_LOGIN-...). failed: returns how long the answer is to be held back, ns. */
int64_t		 login_failed(struct router *r, const struct login_from *from, const char *user, const char *why);
void		 login_succeeded(struct router *r, const struct login_from *from, const char *user);

#endif
