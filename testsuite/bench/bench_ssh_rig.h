#ifndef INSPIRE_BENCH_SSH_RIG_H
#define INSPIRE_BENCH_SSH_RIG_H

/*
 * What the measurements of SSH stand on: a lab of two routers with a crypto map of many lines between them, run by the program
 * itself on the real clock with SSH on the loopback; OpenSSH's sshd beside it, with a key and a configuration of its own;
 * OpenSSH's client, and one of libssh.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct ssh_channel_struct;
struct ssh_session_struct;

#define RIG_PAIRS	500		/* of SAs */
#define RIG_LONG	10000		/* lines of `show access-lists LONG` */
#define RIG_USER	"bench"
#define RIG_PASSWORD	"not-a-secret-1"

struct rig {
	char		 dir[64];
	pid_t		 lab, sshd;	/* 0 = none */
	int		 console;	/* the lab's standard input */
	unsigned	 port, sshd_port;
};

/* False: there is no OpenSSH client; *why says it. */
bool		 rig_open(struct rig *r, const char **why);
void		 rig_close(struct rig *r);
bool		 rig_sshd(struct rig *r, const char **why);	/* false: there is none */
/* Topology and configurations: for a lab in this process too. */
void		 rig_write(const char *dir);
const char	*rig_far(unsigned i, char out[32]);		/* the address behind line i of the crypto map */
/* The lab's console is told so. */
void		 rig_say(struct rig *r, const char *line);
/* The show in the same lab within this process: how long its text takes to be made, in ms of a processor, and its length. */
double		 rig_making_ms(const struct rig *r, const char *show, size_t *bytes);
/* Of all processes of the lab, in KB: what each has alone, and its part of what several have. */
double		 rig_memory(const struct rig *r);

/* A whole run of OpenSSH's client: login, one command or subsystem, end. Status. */
int		 rig_login(const struct rig *r, bool sshd);

struct ssh_session_struct *client_open(const struct rig *r);
struct ssh_channel_struct *client_shell(struct ssh_session_struct *s);			/* with a terminal; at its first prompt */
size_t		 client_exec(struct ssh_session_struct *s, const char *command);	/* bytes that came until its end */
void		 client_command(struct ssh_channel_struct *c, const char *line, const char *until);
void		 client_close(struct ssh_session_struct *s);

#endif
