#ifndef INSPIRE_SHELL_GATEWAY_H
#define INSPIRE_SHELL_GATEWAY_H

/*
 * The gateway: the process that speaks SSH.  It is the program run anew (`inspire gateway`, not for people), so that it
 * holds nothing of the routers' memory; a socket at descriptor 3 is all it is given.  Over that come the sockets
 * it accepts at, and go the links of its connections (shell/rlink.h).  Each connection has a thread; a client that
 * stalls or talks nonsense stops that thread alone.
 */

#define GATEWAY_CONTROL	3	/* its descriptor */

int	verb_gateway(int argc, char **argv);

#endif
