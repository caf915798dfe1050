#ifndef INSPIRE_SHELL_RLINK_H
#define INSPIRE_SHELL_RLINK_H

/*
 * What the router's process and those that bring people to it say to each other: the gateway, which speaks SSH, and
 * `inspire attach`.  One message is one packet of a SOCK_SEQPACKET pair.  There are three kinds of links:
 *
 *	control		one for the gateway: listening sockets go one way, connections the other, as descriptors
 *	connection	one for each SSH connection: what it may, who it is
 *	terminal	one for each session: bytes, sizes, an exit status
 *
 * A message is a type (one byte), a zero byte, the length of what follows (16 bits), then its numbers (32 bits each) and
 * its strings (a length of 16 bits each), as many as its type has.  The router's process takes no length and no
 * order on trust.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RLINK_VERSION	1u
#define RLINK_MAX	34816u		/* bytes of a message */
#define RLINK_DATA_MAX	32768u		/* of a terminal in one message */
#define RLINK_COMMAND_MAX 4096u		/* of an exec request */
#define RLINK_NUMBERS	5u
#define RLINK_STRINGS	7u

/* "->" to the router's process, "<-" from it; the numbers, then the strings. */
enum rlink_type {
	/* control */
	RLINK_LISTEN = 1,	/* <- index of the socket that comes along */
	RLINK_CONNECTION,	/* -> comes with a connection's link */
	/* connection */
	RLINK_HELLO,		/* -> RLINK_VERSION, index, remote port, local port; remote and local address */
	RLINK_HOSTKEY,		/* <- a private key, PEM */
	RLINK_GATE,		/* <- open, seconds to log in, tries, enum rlink_method; why not, banner, kex, ciphers, MACs, host key and public key algorithms */
	RLINK_KEX,		/* -> client's version, kex, host key, cipher, MAC */
	RLINK_ASK,		/* -> user: how is the password proved? */
	RLINK_SECRET,		/* <- enum passwd_type, nobody is asked; setting (lib/passwd.h) */
	RLINK_PROOF,		/* -> proof; answered */
	RLINK_KEY,		/* -> user, public key: may it be used?; answered */
	RLINK_SIGNED,		/* -> user, public key: it was; answered */
	RLINK_ANSWER,		/* <- yes, milliseconds to hold it back */
	RLINK_OPEN,		/* -> comes with a terminal's link */
	RLINK_HANGUP,		/* <- why */
	/* terminal */
	RLINK_FIND,		/* -> router: is it here?; answered */
	RLINK_START,		/* -> pty, columns, lines, there is a command; terminal's type, command, router */
	RLINK_DATA,		/* both ways */
	RLINK_SIZE,		/* -> columns, lines */
	RLINK_BREAK,		/* -> */
	RLINK_EOF,		/* -> */
	RLINK_STATUS,		/* <- exit status: all has been said */
	RLINK_TYPES
};

enum rlink_method { RLINK_PASSWORD = 1, RLINK_KEYBOARD = 2, RLINK_PUBLICKEY = 4 };

struct rlink_string { const char *p; size_t n; };	/* no NUL behind it */

struct rlink_msg {
	enum rlink_type		 type;
	uint32_t		 number[RLINK_NUMBERS];
	struct rlink_string	 string[RLINK_STRINGS];
};

/* How many a type has. */
unsigned	 rlink_numbers(enum rlink_type t);
unsigned	 rlink_strings(enum rlink_type t);

/* The length; 0: a string is longer than its type allows. */
size_t		 rlink_encode(const struct rlink_msg *m, uint8_t out[RLINK_MAX]);
/* Strings point into p.  False: it is no message. Text has neither NUL nor other control characters than a line's end and a tab. */
bool		 rlink_decode(const uint8_t *p, size_t n, struct rlink_msg *out);

enum rlink_io { RLINK_OK, RLINK_FULL /* later */, RLINK_GONE /* the other end has */, RLINK_BAD /* no message came */ };

/* Neither blocks on a descriptor with O_NONBLOCK.  fd -1: none goes along; the caller keeps its own. */
enum rlink_io	 rlink_send(int link, const struct rlink_msg *m, int fd);
/* *fd: what came along, or -1. buf holds the strings. */
enum rlink_io	 rlink_recv(int link, uint8_t buf[RLINK_MAX], struct rlink_msg *out, int *fd);
/* Both ends closed on exec and non-blocking if asked for. False with errno. */
bool		 rlink_pair(int fd[2], bool nonblock);

struct rlink_string rlink_text(const char *s);
/* A copy with a NUL behind it; false: it does not fit (out is then empty). */
bool		 rlink_copy(const struct rlink_string *s, char *out, size_t size);

#endif
