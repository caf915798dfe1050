/*
 * From the start of a router's process to the first ESP packet that leaves it, with a peer that waits: two programs on
 * udp ports of the loopback, this one being the wire between them and the host behind the first.  What the wire and the
 * exponentiations take is measured in the same turn and taken off.
 */

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/chance.h"
#include "lib/clock.h"
#include "lib/dh.h"
#include "lib/mem.h"
#include "testsuite/bench/bench.h"

#define GROUP		14
#define TURNS		9
#define GIVE_UP		(20 * NSEC_SEC)
#define MESSAGES	10	/* six of Main Mode, three of Quick Mode, and the ESP packet */
#define LIMIT_MS	50.0

enum { NEAR, FAR, HOST, WIRES };	/* the first router's wire, the second's, and the first's to its host */

extern char **environ;

struct rig {
	struct bench	*bench;
	struct chance	*chance;
	char		 dir[40];
	int		 fd[WIRES];
	unsigned	 ours[WIRES], theirs[WIRES];	/* UDP ports */
	uint8_t		 gateway[6];
	bool		 known;				/* it is */
	bool		 esp;				/* has left the first router */
};

/* ---- sockets ---- */

static int
udp_socket(unsigned *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, n) != 0 || getsockname(fd, (struct sockaddr *)&a, &n) != 0)
		fatal("no UDP port can be had");
	*port = ntohs(a.sin_port);
	return fd;
}

static void
wires(struct rig *r)
{
	int taken[WIRES];

	for (int i = 0; i < WIRES; i++) {
		r->fd[i] = udp_socket(&r->ours[i]);
		taken[i] = udp_socket(&r->theirs[i]);
	}
	for (int i = 0; i < WIRES; i++)
		close(taken[i]);
}

static void
put(const struct rig *r, int wire, const void *p, size_t n)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)r->theirs[wire]) };

	(void)!sendto(r->fd[wire], p, n, 0, (struct sockaddr *)&a, sizeof(a));	/* nobody there yet is no fault */
}

/* ---- the host behind the first router ---- */

static void
host_asks(const struct rig *r)
{
	static const uint8_t arp[42] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 7, 0x08, 0x06,
		0, 1, 0x08, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 7, 198, 51, 100, 7, 0, 0, 0, 0, 0, 0, 198, 51, 100, 1,
	};

	put(r, HOST, arp, sizeof(arp));
}

static void
host_hears(struct rig *r, const uint8_t *f, size_t n)
{
	if (n < 42 || f[12] != 0x08 || f[13] != 0x06 || f[21] != 2)
		return;
	memcpy(r->gateway, f + 22, sizeof(r->gateway));
	r->known = true;
}

/* UDP from 198.51.100.7 to 10.77.0.1, no checksum of its own. */
static void
host_sends(const struct rig *r)
{
	uint8_t f[42 + 18] = { [6] = 2, [11] = 7, [12] = 0x08, [14] = 0x45, [17] = 46, [22] = 64, [23] = 17,
	    [26] = 198, 51, 100, 7, 10, 77, 0, 1, 0x10, 0, 0x10, 0, 0, 26 };
	uint32_t sum = 0;

	memcpy(f, r->gateway, sizeof(r->gateway));
	for (int i = 14; i < 34; i += 2)
		sum += (uint32_t)f[i] << 8 | f[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~((sum & 0xffff) + (sum >> 16));
	f[24] = (uint8_t)(sum >> 8);
	f[25] = (uint8_t)sum;
	put(r, HOST, f, sizeof(f));
}

/* ---- the wire ---- */

static void
carry(struct rig *r, int from)
{
	uint8_t f[2048];
	ssize_t n;

	while ((n = recv(r->fd[from], f, sizeof(f), MSG_DONTWAIT)) > 0) {
		if (from == HOST) {
			host_hears(r, f, (size_t)n);
			continue;
		}
		if (from == NEAR && n > 34 && f[12] == 0x08 && f[13] == 0 && f[23] == 50)
			r->esp = true;
		put(r, from == NEAR ? FAR : NEAR, f, (size_t)n);
	}
}

static void
carry_all(struct rig *r, int ms)
{
	struct pollfd p[WIRES];

	for (int i = 0; i < WIRES; i++)
		p[i] = (struct pollfd){ .fd = r->fd[i], .events = POLLIN };
	if (poll(p, WIRES, ms) > 0)
		for (int i = 0; i < WIRES; i++)
			if (p[i].revents != 0)
				carry(r, i);
}

/* ---- routers ---- */

static void
write_config(const struct rig *r, bool near)
{
	char *path = xasprintf("%s/%s.cfg", r->dir, near ? "near" : "far");
	FILE *f = fopen(path, "w");

	if (f == NULL)
		fatal("%s cannot be written", path);
	fprintf(f, "hostname %s\ncrypto isakmp policy 1\n encryption aes\n authentication pre-share\n group %d\n"
	    "crypto isakmp key bench1234 address 192.0.2.%d\ncrypto ipsec transform-set T esp-gcm\ncrypto ipsec profile P\n set transform-set T\n%s"
	    "interface Tunnel0\n ip address 10.9.9.%d 255.255.255.0\n tunnel source GigabitEthernet0/0\n tunnel mode ipsec ipv4\n"
	    " tunnel destination 192.0.2.%d\n tunnel protection ipsec profile P\n"
	    "interface GigabitEthernet0/0\n ip address 192.0.2.%d 255.255.255.0\n no shutdown\n"
	    "interface GigabitEthernet0/1\n ip address 198.51.100.1 255.255.255.0\n no shutdown\n"
	    "ip route 10.77.0.0 255.255.255.0 Tunnel0\nend\n",
	    near ? "Near" : "Far", GROUP, near ? 2 : 1, near ? "" : " responder-only\n", near ? 1 : 2, near ? 2 : 1, near ? 1 : 2);
	if (fclose(f) != 0 || chmod(path, 0644) != 0)
		fatal("%s cannot be written", path);
	free(path);
}

static pid_t
start(const struct rig *r, bool near)
{
	int wire = near ? NEAR : FAR;
	char *ports[2] = { xasprintf("Gi0/0=udp:127.0.0.1:%u:127.0.0.1:%u", r->theirs[wire], r->ours[wire]),
	    xasprintf("Gi0/1=udp:127.0.0.1:%u:127.0.0.1:%u", r->theirs[HOST], r->ours[HOST]) };
	char *config = xasprintf("%s/%s.cfg", r->dir, near ? "near" : "far"), word[][12] = { "./inspire", "router", "--log", "stderr", "--port" };
	char *argv[] = { word[0], word[1], word[2], word[3], word[4], ports[0], config, near ? word[4] : NULL, near ? ports[1] : NULL, NULL };
	posix_spawn_file_actions_t files;
	pid_t pid;

	posix_spawn_file_actions_init(&files);
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		posix_spawn_file_actions_addopen(&files, fd, "/dev/null", O_RDWR, 0);
	if (posix_spawn(&pid, "./inspire", &files, NULL, argv, environ) != 0)
		fatal("./inspire cannot be started");
	posix_spawn_file_actions_destroy(&files);
	free(ports[0]);
	free(ports[1]);
	free(config);
	return pid;
}

/* The wire stays until it has ended: its last words are for the other. */
static void
end(struct rig *r, pid_t pid)
{
	kill(pid, SIGTERM);
	while (waitpid(pid, NULL, WNOHANG) == 0)
		carry_all(r, 1);
	carry_all(r, 10);
}

/* ---- what is measured ---- */

static double
ms_since(const struct rig *r, int64_t begin)
{
	return (double)(bench_now(r->bench) - begin) / NSEC_MS;
}

static double
first_esp(struct rig *r)
{
	int64_t begin = bench_now(r->bench), asked = 0;
	pid_t pid;
	double ms;

	r->known = r->esp = false;
	pid = start(r, true);
	while (!r->esp) {
		carry_all(r, 1);
		if (bench_now(r->bench) - asked < NSEC_MS)
			continue;
		asked = bench_now(r->bench);
		if (r->known)
			host_sends(r);
		else
			host_asks(r);
		if (asked - begin > GIVE_UP)
			fatal("no ESP packet left the router");
	}
	ms = ms_since(r, begin);
	end(r, pid);
	return ms;
}

/* Both ends' key pairs and shared secrets: neither goes on before the other has done its part. */
static double
exponentiations(const struct rig *r)
{
	int64_t begin = bench_now(r->bench);
	struct dh *x = dh_new(r->chance, GROUP), *y = dh_new(r->chance, GROUP);
	uint8_t a[DH_PUB_MAX], b[DH_PUB_MAX];

	if (!dh_derive(x, dh_pub(y), dh_pub_len(GROUP), a) || !dh_derive(y, dh_pub(x), dh_pub_len(GROUP), b))
		fatal("public value refused");
	dh_free(x);
	dh_free(y);
	return ms_since(r, begin);
}

/* Each message is sent and received twice, as this program stands between. */
static double
journeys(const struct rig *r)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	unsigned port[2];
	int fd[2] = { udp_socket(&port[0]), udp_socket(&port[1]) };
	int64_t begin = bench_now(r->bench);
	uint8_t b[400] = { 0 };

	for (int i = 0; i < 2 * MESSAGES; i++) {
		struct pollfd p = { .fd = fd[1], .events = POLLIN };

		a.sin_port = htons((uint16_t)port[1]);
		if (sendto(fd[0], b, sizeof(b), 0, (struct sockaddr *)&a, sizeof(a)) < 0 || poll(&p, 1, 1000) != 1 || recv(fd[1], b, sizeof(b), 0) < 0)
			fatal("the loopback carries nothing");
	}
	close(fd[0]);
	close(fd[1]);
	return ms_since(r, begin);
}

/* Ahead of all else on the machine, as far as we may: what others take of it is no part of a start.  The routers inherit it. */
static void
ahead(bool on)
{
	struct sched_param p = { .sched_priority = on ? 1 : 0 };

	(void)!sched_setscheduler(0, on ? SCHED_RR : SCHED_OTHER, &p);
}

void
bench_start(struct bench *b)
{
	struct rig r = { .bench = b, .chance = chance_new_system(), .dir = "/tmp/inspire-bench-XXXXXX" };
	double v[TURNS];
	char *gone;
	pid_t far;

	if (mkdtemp(r.dir) == NULL || chmod(r.dir, 0755) != 0)
		fatal("no folder can be made in /tmp");
	write_config(&r, true);
	write_config(&r, false);
	wires(&r);
	ahead(true);
	far = start(&r, false);
	first_esp(&r);		/* the peer is there, and files are in memory */
	for (int i = 0; i < TURNS; i++)
		v[i] = first_esp(&r) - exponentiations(&r) - journeys(&r);
	end(&r, far);
	ahead(false);
	bench_cost(b, "start to first ESP, beyond exponentiations, round trips", "ms", bench_median(v, TURNS), LIMIT_MS);
	for (int i = 0; i < WIRES; i++)
		close(r.fd[i]);
	for (int i = 0; i < 2; i++) {
		gone = xasprintf("%s/%s.cfg", r.dir, i == 0 ? "near" : "far");
		unlink(gone);
		free(gone);
	}
	rmdir(r.dir);
	chance_free(r.chance);
}
