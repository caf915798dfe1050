#ifndef INSPIRE_SHELL_ATTACH_H
#define INSPIRE_SHELL_ATTACH_H

/* Where the Unix sockets of running labs and routers are looked for: the folder, made by the first of them. Caller frees. */

char	*attach_folder(void);

#endif
