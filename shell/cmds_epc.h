#ifndef INSPIRE_SHELL_CMDS_EPC_H
#define INSPIRE_SHELL_CMDS_EPC_H

/* Commands of captures (monitor capture), and what shows them. */

#include "shell/grammar.h"

extern const struct cmd_table cmds_epc, cmds_epc_point, cmds_show_epc, cmds_show_refusals;

struct epc;
struct session;
/* `export`: a = the row, with url, and decrypted and keys. */
void	 epc_export(struct session *s, const struct epc *c, const struct args *a);

/* Bytes in hexadecimal, four words of four in a line, and as characters beside them. */
void	 show_hex(struct text *out, const uint8_t *p, size_t n);

#endif
