#ifndef INSPIRE_SHELL_CMDS_CONFIG_PKI_H
#define INSPIRE_SHELL_CMDS_CONFIG_PKI_H

/* Certificates in the shell: tables of commands, what prints them back, and small helpers of these files. */

#include <stdbool.h>

#include "shell/grammar.h"

struct cfg_trustpoint;
struct config;
struct session;
struct text;

extern const struct cmd_table cmds_config_pki, cmds_config_cert, cmds_pki, cmds_pki_file, cmds_show_pki;

void			 running_pki(const struct config *c, struct text *out);
/* `crypto pki trustpoint` and what stands in it, as the configuration has it. */
void			 running_trustpoint(const struct cfg_trustpoint *t, struct text *out);

/* The trustpoint of that name; NULL, and that is said: there is none. */
struct cfg_trustpoint	*pki_trustpoint(struct session *s, const char *name);
/* [yes/no]: asks until it is one of them; false: no, or the input ended. */
bool			 pki_yes(struct session *s, const char *question);
/* Lines up to `quit`, or an empty one if blank_ends; NULL: the input ended. Caller frees (and wipes, if it is a key). */
char			*pki_paste(struct session *s, bool blank_ends);
/* A new key pair was taken in: SSH may be able to serve now. (cmds_keypair.c) */
bool			 keypair_keep(struct session *s, const char *label, const char *pem, bool usage, bool encryption, bool exportable);
/* Draws an RSA key as `crypto key generate` does, and keeps it. */
bool			 keypair_generate(struct session *s, const char *label, unsigned bits);

#endif
