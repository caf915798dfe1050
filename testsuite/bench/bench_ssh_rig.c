/* Programs and clients for the measurements of SSH. */

#include "testsuite/bench/bench_ssh_rig.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <libssh/libssh.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/text.h"

#define SSHD	"/usr/sbin/sshd"

extern char **environ;

static void
pause_ms(unsigned ms)
{
	struct timespec ts = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };

	nanosleep(&ts, NULL);
}

/* ---- files ---- */

static void
put(const char *dir, const char *name, mode_t mode, const char *text)
{
	char *path = xasprintf("%s/%s", dir, name);
	FILE *f = fopen(path, "w");

	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0 || chmod(path, mode) != 0)
		fatal("%s cannot be written", path);
	free(path);
}

const char *
rig_far(unsigned i, char out[32])
{
	snprintf(out, 32, "10.2.%u.%u", i / 200, i % 200 + 1);
	return out;
}

static void
lines_of_map(struct text *t, bool near)
{
	char far[32];

	text_printf(t, " permit ip 192.168.%d.0 0.0.0.255 192.168.%d.0 0.0.0.255\n", near ? 1 : 2, near ? 2 : 1);
	for (unsigned i = 1; i < RIG_PAIRS; i++)
		text_printf(t, near ? " permit ip host 10.1.0.1 host %s\n" : " permit ip host %s host 10.1.0.1\n", rig_far(i, far));
}

static void
config_text(struct text *t, bool near)
{
	int self = near ? 1 : 2, peer = near ? 2 : 1;

	text_printf(t, "hostname R%d\nusername " RIG_USER " privilege 15 algorithm-type sha256 secret " RIG_PASSWORD "\n"
	    "crypto isakmp policy 10\n encr aes\n authentication pre-share\n group 14\n"
	    "crypto isakmp key k address 10.0.0.%d\ncrypto ipsec transform-set T esp-gcm\n", self, peer);
	text_add(t, "ip access-list extended A\n");
	lines_of_map(t, near);
	if (near)
		text_add(t, "ip access-list extended LONG\n");
	for (int i = 1; near && i < RIG_LONG; i++)
		text_printf(t, " permit udp host 10.%d.%d.1 any\n", i / 256, i % 256);
	text_printf(t, "crypto map M 10 ipsec-isakmp\n set peer 10.0.0.%d\n set transform-set T\n match address A\n", peer);
	text_printf(t, "interface Loopback0\n ip address 10.%d.0.1 255.255.255.%s\n", self, near ? "255" : "255");
	text_printf(t, "interface GigabitEthernet0/0\n ip address 10.0.0.%d 255.255.255.0\n crypto map M\n no shutdown\n", self);
	text_printf(t, "interface GigabitEthernet0/1\n ip address 192.168.%d.1 255.255.255.0\n no shutdown\n", self);
	text_printf(t, "ip route 0.0.0.0 0.0.0.0 10.0.0.%d\nline vty 0 15\n login local\n transport input ssh\nend\n", peer);
}

void
rig_write(const char *dir)
{
	struct text t = { 0 };

	for (int k = 1; k <= 2; k++) {
		config_text(&t, k == 1);
		put(dir, k == 1 ? "r1.cfg" : "r2.cfg", 0600, text_str(&t));
		text_clear(&t);
	}
	text_free(&t);
	put(dir, "lab.yml", 0600, "topology:\n  nodes:\n    R1: {startup-config: r1.cfg}\n    R2: {startup-config: r2.cfg}\n"
	    "    Host1:\n      labels: {inspire-kind: host, inspire-address: 192.168.1.10/24, inspire-gateway: 192.168.1.1}\n"
	    "    Host2:\n      labels: {inspire-kind: host, inspire-address: 192.168.2.10/24, inspire-gateway: 192.168.2.1}\n"
	    "  links:\n    - endpoints: [\"R1:Gi0/0\", \"R2:Gi0/0\"]\n    - endpoints: [\"R1:Gi0/1\", \"Host1:eth0\"]\n"
	    "    - endpoints: [\"R2:Gi0/1\", \"Host2:eth0\"]\n");
}

/* ---- processes ---- */

/* Two ports in a row that nobody has. */
static unsigned
free_ports(void)
{
	for (unsigned port = 20000 + (unsigned)getpid() % 20000;; port += 2) {
		int n = 0, fd;

		for (unsigned k = 0; k < 2; k++) {
			struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)(port + k)),
			    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

			fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
			n += fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0;
			close(fd);
		}
		if (n == 2)
			return port;
	}
}

/* A NULL-ended list of strings that may be changed, for those who want such. */
static char **
list_copy(const char *const *v, const char *one, const char *another)
{
	size_t n = 0, k = 0;
	char **copy;

	while (v[n] != NULL)
		n++;
	copy = xcalloc(n + 3, sizeof(*copy));
	for (size_t i = 0; i < n; i++)
		if (one == NULL || strncmp(v[i], "SSH_", 4) != 0)
			copy[k++] = xstrdup(v[i]);
	if (one != NULL) {
		copy[k++] = xstrdup(one);
		copy[k++] = xstrdup(another);
	}
	return copy;
}

static void
list_free(char **v)
{
	for (size_t i = 0; v[i] != NULL; i++)
		free(v[i]);
	free(v);
}

/* askpass: "SSH_ASKPASS=...", or NULL. */
static pid_t
start(const char *const *argv, int in, const char *askpass)
{
	char **args = list_copy(argv, NULL, NULL), **env = list_copy((const char *const *)environ, askpass, "SSH_ASKPASS_REQUIRE=force");
	posix_spawn_file_actions_t fa;
	pid_t pid;

	posix_spawn_file_actions_init(&fa);
	if (in >= 0)
		posix_spawn_file_actions_adddup2(&fa, in, 0);
	else
		posix_spawn_file_actions_addopen(&fa, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&fa, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&fa, 2, "/dev/null", O_WRONLY, 0);
	if (posix_spawnp(&pid, args[0], &fa, NULL, args, env) != 0)
		pid = 0;
	posix_spawn_file_actions_destroy(&fa);
	list_free(args);
	list_free(env);
	return pid;
}

static int
run(const char *const *argv, const char *askpass)
{
	int status = -1;
	pid_t pid = start(argv, -1, askpass);

	if (pid == 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
stop(pid_t *pid)
{
	if (*pid > 0) {
		kill(*pid, SIGTERM);
		waitpid(*pid, NULL, 0);
	}
	*pid = 0;
}

static void
wait_for_port(unsigned port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	for (int i = 0; i < 1000; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		bool ok = connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0;

		close(fd);
		if (ok)
			return;
		pause_ms(10);
	}
	fatal("nobody listens at port %u", port);
}

static bool
key(const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s", dir, name);
	const char *argv[] = { "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path, NULL };
	bool ok = run(argv, NULL) == 0;

	free(path);
	return ok;
}

bool
rig_open(struct rig *r, const char **why)
{
	char *topology, *where;
	int in[2];

	*r = (struct rig){ .console = -1 };
	snprintf(r->dir, sizeof(r->dir), "/tmp/inspire-bench-XXXXXX");
	if (mkdtemp(r->dir) == NULL || pipe2(in, O_CLOEXEC) != 0)
		fatal("no folder for a lab");
	rig_write(r->dir);
	put(r->dir, "password", 0700, "#!/bin/sh\necho " RIG_PASSWORD "\n");
	if (!key(r->dir, "client")) {
		*why = "openssh-client is not installed";
		return false;
	}
	r->port = free_ports();
	topology = xasprintf("%s/lab.yml", r->dir);
	where = xasprintf("127.0.0.1:%u", r->port);
	r->lab = start((const char *[]){ "./inspire", "lab", "--clock", "real", "--ssh", where,
	    topology, NULL }, in[0], NULL);
	close(in[0]);
	r->console = in[1];
	free(topology);
	free(where);
	wait_for_port(r->port);
	return true;
}

bool
rig_sshd(struct rig *r, const char **why)
{
	char *config, *path;

	*why = "openssh-server is not installed";
	if (access(SSHD, X_OK) != 0 || !key(r->dir, "host"))
		return false;
	if (geteuid() == 0 && mkdir("/run/sshd", 0755) != 0 && access("/run/sshd", F_OK) != 0)
		return false;
	r->sshd_port = free_ports() + 2;
	config = xasprintf("Port %u\nListenAddress 127.0.0.1\nHostKey %s/host\nAuthorizedKeysFile %s/client.pub\nPidFile none\nUsePAM no\n"
	    "StrictModes no\nPasswordAuthentication no\nSubsystem sftp internal-sftp\n", r->sshd_port, r->dir, r->dir);
	put(r->dir, "sshd.conf", 0600, config);
	path = xasprintf("%s/sshd.conf", r->dir);
	r->sshd = start((const char *[]){ SSHD, "-D", "-f", path, NULL }, -1, NULL);
	wait_for_port(r->sshd_port);
	free(config);
	free(path);
	return true;
}

void
rig_close(struct rig *r)
{
	char *all = xasprintf("%s", r->dir);

	stop(&r->lab);
	stop(&r->sshd);
	if (r->console >= 0)
		close(r->console);
	run((const char *[]){ "rm", "-r", all, NULL }, NULL);
	free(all);
}

void
rig_say(struct rig *r, const char *line)
{
	if (write(r->console, line, strlen(line)) < 0)
		fatal("the lab's console is closed");
}

/* ---- memory ---- */

static double
pss_of(const char *pid)
{
	char *path = xasprintf("/proc/%s/smaps_rollup", pid), line[256];
	FILE *f = fopen(path, "r");
	double kb = 0;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "Pss: %lf", &kb) == 1)
			break;
	if (f != NULL)
		fclose(f);
	free(path);
	return kb;
}

static pid_t
parent_of(const char *pid)
{
	char *path = xasprintf("/proc/%s/stat", pid), line[512], *p;
	FILE *f = fopen(path, "r");
	int parent = 0;

	if (f != NULL && fgets(line, sizeof(line), f) != NULL && (p = strrchr(line, ')')) != NULL)
		sscanf(p + 1, " %*c %d", &parent);
	if (f != NULL)
		fclose(f);
	free(path);
	return parent;
}

double
rig_memory(const struct rig *r)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	double kb = 0;

	while (d != NULL && (e = readdir(d)) != NULL)
		if (atoi(e->d_name) == r->lab || (atoi(e->d_name) > 0 && parent_of(e->d_name) == r->lab))
			kb += pss_of(e->d_name);
	if (d != NULL)
		closedir(d);
	return kb;
}

/* ---- clients ---- */

int
rig_login(const struct rig *r, bool sshd)
{
	char *port = xasprintf("%u", sshd ? r->sshd_port : r->port), *ask = xasprintf("SSH_ASKPASS=%s/password", r->dir);
	char *identity = xasprintf("%s/client", r->dir), *known = xasprintf("UserKnownHostsFile=%s/known", r->dir);
	const char *argv[24] = { "setsid", "-w", "ssh", "-F", "none", "-o", known,
	    "-o", "StrictHostKeyChecking=no", "-o", "HostKeyAlgorithms=ssh-ed25519",
	    "-p", port };
	size_t n = 13;
	int status;

	if (sshd) {
		argv[n++] = "-i";
		argv[n++] = identity;
		argv[n++] = "-s";
		argv[n++] = "127.0.0.1";
		argv[n++] = "sftp";
	} else {
		argv[n++] = "-o";
		argv[n++] = "PubkeyAuthentication=no";
		argv[n++] = "-l";
		argv[n++] = RIG_USER;
		argv[n++] = "127.0.0.1";
		argv[n++] = "show privilege";
	}
	argv[n] = NULL;
	status = run(argv, ask);
	free(known);
	free(identity);
	free(ask);
	free(port);
	return status;
}

ssh_session
client_open(const struct rig *r)
{
	ssh_session s = ssh_new();
	bool no = false;

	ssh_options_set(s, SSH_OPTIONS_PROCESS_CONFIG, &no);
	ssh_options_set(s, SSH_OPTIONS_HOST, "127.0.0.1");
	ssh_options_set(s, SSH_OPTIONS_PORT, &r->port);
	ssh_options_set(s, SSH_OPTIONS_USER, RIG_USER);
	if (ssh_connect(s) != SSH_OK || ssh_userauth_password(s, NULL, RIG_PASSWORD) != SSH_AUTH_SUCCESS)
		fatal("no login: %s", ssh_get_error(s));
	return s;
}

static ssh_channel
channel(ssh_session s)
{
	ssh_channel c = ssh_channel_new(s);

	if (ssh_channel_open_session(c) != SSH_OK)
		fatal("no channel: %s", ssh_get_error(s));
	return c;
}

void
client_command(ssh_channel c, const char *line, const char *until)
{
	struct text t = { 0 };
	char buf[4096];
	int n;

	ssh_channel_write(c, line, (uint32_t)strlen(line));
	while (t.len < strlen(until) || strcmp(t.s + t.len - strlen(until), until) != 0) {
		n = ssh_channel_read_timeout(c, buf, sizeof(buf), 0, 20000);
		if (n <= 0)
			fatal("after \"%s\" no \"%s\" came: %s", line, until, text_str(&t));
		text_addn(&t, buf, (size_t)n);
	}
	text_free(&t);
}

ssh_channel
client_shell(ssh_session s)
{
	ssh_channel c = channel(s);

	if (ssh_channel_request_pty_size(c, "xterm", 80, 24) != SSH_OK || ssh_channel_request_shell(c) != SSH_OK)
		fatal("no shell: %s", ssh_get_error(s));
	client_command(c, "", "#");
	return c;
}

size_t
client_exec(ssh_session s, const char *command)
{
	ssh_channel c = channel(s);
	char buf[32768];
	size_t all = 0;
	int n;

	if (ssh_channel_request_exec(c, command) != SSH_OK)
		fatal("no command: %s", ssh_get_error(s));
	while ((n = ssh_channel_read_timeout(c, buf, sizeof(buf), 0, 20000)) > 0)
		all += (size_t)n;
	ssh_channel_close(c);
	ssh_channel_free(c);
	return all;
}

void
client_close(ssh_session s)
{
	ssh_disconnect(s);
	ssh_free(s);
}
