/* `inspire attach`: a router's console in a lab, or at a router, that runs already, by its Unix socket. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "lib/mem.h"
#include "shell/attach.h"
#include "shell/rlink.h"
#include "shell/verbs.h"

#define KEY_ESCAPE	0x1e	/* Ctrl-^ */
#define STATUS_LOST	255
#define BYTES		(RLINK_DATA_MAX / 2)

const char verb_attach_usage[] =
    "usage: inspire attach [--socket PATH] [-c COMMAND] ROUTER\n"
    "\n"
    "A console of a router of a lab that runs already (or of `inspire router`). Ctrl-^ q leaves it; logging out does too.\n"
    "Without a terminal commands are read from standard input, one a line.\n"
    "\n"
    "  --socket PATH  the lab's socket, if it is not a usual one or there are several labs with such a router\n"
    "  -c COMMAND     runs one command and ends. Without it SSH_ORIGINAL_COMMAND is run if it is set, so that a\n"
    "                 system's sshd can offer a router: ForceCommand inspire attach ROUTER\n"
    "\n"
    "Status: 0, 1 if the command was refused, 2 if there is no such router, 255 if the connection was lost.\n";

static const struct option long_options[] = {
	{ "socket", required_argument, NULL, 's' }, { "command", required_argument, NULL, 'c' }, { "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

struct attached {
	int		 link, signals;
	bool		 terminal, escape, eof, eof_told, over;
	int		 status;
	struct termios	 tty;
	char		 typed[BYTES];
	size_t		 n;		/* of it, not sent yet */
};

/* ---- finding it ---- */

static int
connect_to(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(a.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(a.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0) {
		int error = errno;

		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

static bool
has_router(int link, const char *router)
{
	struct rlink_msg m = { .type = RLINK_FIND, .string = { rlink_text(router) } };
	uint8_t buf[RLINK_MAX];
	int fd;

	return rlink_send(link, &m, -1) == RLINK_OK && rlink_recv(link, buf, &m, &fd) == RLINK_OK && m.type == RLINK_ANSWER &&
	    m.number[0] != 0;
}

/* Looks at one socket of the folder; *found: the link of the one that has such a router. False: there is another one. */
static bool
look(const char *path, const char *router, int *found)
{
	int fd = connect_to(path);

	if (fd >= 0 && !has_router(fd, router)) {
		close(fd);
		fd = -1;
	}
	if (fd >= 0 && *found >= 0) {
		close(fd);
		return false;
	}
	*found = fd >= 0 ? fd : *found;
	return true;
}

/* Who has put a folder under our name into /tmp waits for somebody's password. */
static DIR *
open_ours(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	DIR *d = NULL;

	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == geteuid() && (st.st_mode & 022) == 0)
		d = fdopendir(fd);
	else if (fd >= 0)
		fprintf(stderr, "inspire attach: %s is not a folder of this user's alone\n", folder);
	if (d == NULL && fd >= 0)
		close(fd);
	return d;
}

static int
search(const char *router)
{
	char *folder = attach_folder();
	DIR *d = open_ours(folder);
	struct dirent *e;
	int found = -1;
	bool one = true;

	while (d != NULL && one && (e = readdir(d)) != NULL) {
		char *path = xasprintf("%s/%s", folder, e->d_name);

		one = e->d_name[0] == '.' || look(path, router, &found);
		free(path);
	}
	if (d != NULL)
		closedir(d);
	free(folder);
	if (!one) {
		fprintf(stderr, "inspire attach: several labs have a router %s: --socket says which\n", router);
		close(found);
		return -1;
	}
	if (found < 0)
		fprintf(stderr, "inspire attach: no lab that runs has a router %s\n", router);
	return found;
}

static int
reach(const char *path, const char *router)
{
	int fd;

	if (path == NULL)
		return search(router);
	fd = connect_to(path);
	if (fd < 0)
		fprintf(stderr, "inspire attach: %s: %s\n", path, strerror(errno));
	else if (!has_router(fd, router)) {
		fprintf(stderr, "inspire attach: there is no router %s at %s\n", router, path);
		close(fd);
		fd = -1;
	}
	return fd;
}

/* ---- the terminal ---- */

static void
terminal_begin(struct attached *a)
{
	struct termios raw;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	a->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	a->terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && tcgetattr(STDIN_FILENO, &a->tty) == 0;
	if (!a->terminal)
		return;
	raw = a->tty;
	cfmakeraw(&raw);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

static void
terminal_end(struct attached *a)
{
	if (a->terminal)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &a->tty);
	if (a->signals >= 0)
		close(a->signals);
}

static void
measure(const struct attached *a, uint32_t *columns, uint32_t *lines)
{
	struct winsize w = { 0 };

	if (a->terminal)
		ioctl(STDOUT_FILENO, TIOCGWINSZ, &w);
	*columns = w.ws_col;
	*lines = w.ws_row;
}

/* ---- moving bytes ---- */

/* Who can't be told may have said its last words already: they are read to their end, and nothing more is sent. */
static bool
tell(struct attached *a, const struct rlink_msg *m)
{
	if (rlink_send(a->link, m, -1) == RLINK_OK)
		return true;
	a->n = 0;
	a->eof = a->eof_told = true;
	return false;
}

static void
write_all(struct attached *a, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t w = write(STDOUT_FILENO, p, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0) {
			a->over = true;
			return;
		}
		p += w;
		n -= (size_t)w;
	}
}

static void
from_router(struct attached *a)
{
	uint8_t buf[RLINK_MAX];
	struct rlink_msg m;
	int fd;
	enum rlink_io io = rlink_recv(a->link, buf, &m, &fd);

	if (fd >= 0)
		close(fd);
	if (io == RLINK_OK && m.type == RLINK_DATA) {
		write_all(a, m.string[0].p, m.string[0].n);
		return;
	}
	if (io == RLINK_OK && m.type == RLINK_STATUS)
		a->status = (int)(m.number[0] & 0xff);
	a->over = true;
}

/* The router is told of Ctrl-^ at once; a q or x behind it is for us. */
static void
from_keyboard(struct attached *a)
{
	ssize_t n = read(STDIN_FILENO, a->typed, sizeof(a->typed));

	if (n < 0 && errno == EINTR)
		return;
	if (n <= 0) {
		a->eof = true;
		return;
	}
	a->n = (size_t)n;
	for (size_t i = 0; a->terminal && i < a->n; i++) {
		if (a->escape && strchr("qQxX", a->typed[i]) != NULL) {
			a->over = true;
			a->status = 0;
		}
		a->escape = a->typed[i] == KEY_ESCAPE;
	}
}

static void
to_router(struct attached *a)
{
	struct rlink_msg m = { .type = RLINK_DATA, .string = { { a->typed, a->n } } }, eof = { .type = RLINK_EOF };

	if (a->n > 0 && tell(a, &m))
		a->n = 0;
	else if (a->n == 0 && a->eof && !a->eof_told)
		a->eof_told = tell(a, &eof);
}

static void
from_signals(struct attached *a)
{
	struct signalfd_siginfo si;
	struct rlink_msg m = { .type = RLINK_SIZE };

	if (read(a->signals, &si, sizeof(si)) != (ssize_t)sizeof(si))
		return;
	if (si.ssi_signo != SIGWINCH) {
		a->over = true;
		return;
	}
	measure(a, &m.number[0], &m.number[1]);
	if (a->terminal)
		tell(a, &m);
}

static void
move(struct attached *a)
{
	bool has = a->n > 0 || (a->eof && !a->eof_told);
	struct pollfd p[3] = { { .fd = a->link, .events = POLLIN }, { .fd = a->eof || a->n > 0 ? -1 : STDIN_FILENO, .events = POLLIN },
	    { .fd = a->signals, .events = POLLIN } };

	if (has)
		p[0].events |= POLLOUT;
	if (poll(p, 3, -1) < 0)
		return;
	if ((p[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
		from_router(a);
	else if ((p[0].revents & POLLOUT) != 0)
		to_router(a);
	if (p[1].revents != 0 && !a->over)
		from_keyboard(a);
	if (p[2].revents != 0)
		from_signals(a);
}

static int
converse(struct attached *a, const char *command, const char *router)
{
	struct rlink_msg m = { .type = RLINK_START };
	const char *term = getenv("TERM");

	a->status = STATUS_LOST;
	terminal_begin(a);
	m.number[0] = a->terminal;
	measure(a, &m.number[1], &m.number[2]);
	m.number[3] = command != NULL;
	m.string[0] = rlink_text(term != NULL && strlen(term) < 64 ? term : "");
	m.string[1] = rlink_text(command);
	m.string[2] = rlink_text(router);
	tell(a, &m);
	while (!a->over)
		move(a);
	terminal_end(a);
	if (a->terminal && command == NULL)
		fputc('\n', stdout);
	close(a->link);
	return a->status;
}

int
verb_attach(int argc, char **argv)
{
	struct attached a = { .signals = -1 };
	const char *path = NULL, *command = getenv("SSH_ORIGINAL_COMMAND");
	int c;

	if (command != NULL && *command == '\0')
		command = NULL;
	optind = 1;
	while ((c = getopt_long(argc, argv, "c:", long_options, NULL)) != -1)
		switch (c) {
		case 's':
			path = optarg;
			break;
		case 'c':
			command = optarg;
			break;
		case 'h':
			fputs(verb_attach_usage, stdout);
			return 0;
		default:
			fputs(verb_attach_usage, stderr);
			return 2;
		}
	if (optind + 1 != argc || strlen(argv[optind]) > 64) {
		fputs("inspire attach: expected one router's name\n", stderr);
		return 2;
	}
	if (command != NULL && strlen(command) > RLINK_COMMAND_MAX) {
		fputs("inspire attach: the command is too long\n", stderr);
		return 2;
	}
	a.link = reach(path, argv[optind]);
	return a.link < 0 ? 2 : converse(&a, command, argv[optind]);
}
