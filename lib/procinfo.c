/* Readings of /proc and getrusage(). */

#include "lib/procinfo.h"

#include <sys/resource.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KB		1024u
#define PATH_LEN	96

/* "VmRSS:     1234 kB" of a file of such lines, in bytes. */
static uint64_t
kilobytes(const char *path, const char *key)
{
	FILE *f = fopen(path, "re");
	size_t n = strlen(key);
	uint64_t kb = 0;
	char line[256];

	if (f == NULL)
		return 0;
	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, key, n) == 0 && line[n] == ':') {
			kb = strtoull(line + n + 1, NULL, 10);
			break;
		}
	fclose(f);
	return kb * KB;
}

/* Field n (from 1) of a stat file; the name, field 2, may hold blanks. */
static uint64_t
stat_field(const char *path, unsigned n)
{
	FILE *f = fopen(path, "re");
	char line[1024], *at, *rest = NULL, *word;

	if (f == NULL)
		return 0;
	at = fgets(line, sizeof(line), f) == NULL ? NULL : strrchr(line, ')');
	fclose(f);
	if (at == NULL)
		return 0;
	word = strtok_r(at + 1, " ", &rest);
	for (unsigned i = 3; i < n && word != NULL; i++)
		word = strtok_r(NULL, " ", &rest);
	return word == NULL ? 0 : strtoull(word, NULL, 10);
}

void
procinfo_memory(struct procinfo_memory *out)
{
	*out = (struct procinfo_memory) {
	    .installed = kilobytes("/proc/meminfo", "MemTotal"), .available = kilobytes("/proc/meminfo", "MemAvailable"),
	    .held = kilobytes("/proc/self/status", "VmRSS"), .held_most = kilobytes("/proc/self/status", "VmHWM"),
	    .heap = stat_field("/proc/self/stat", 47)};
}

void
procinfo_cpu(struct procinfo_cpu *out)
{
	struct rusage u;

	*out = (struct procinfo_cpu){ 0 };
	if (getrusage(RUSAGE_SELF, &u) != 0)
		return;
	out->user_us = (uint64_t)u.ru_utime.tv_sec * 1000000 + (uint64_t)u.ru_utime.tv_usec;
	out->system_us = (uint64_t)u.ru_stime.tv_sec * 1000000 + (uint64_t)u.ru_stime.tv_usec;
}

int64_t
procinfo_age_ns(void)
{
	FILE *f = fopen("/proc/uptime", "re");
	long hz = sysconf(_SC_CLK_TCK);
	double up = 0, born;

	if (f == NULL)
		return 0;
	if (fscanf(f, "%lf", &up) != 1)
		up = 0;
	fclose(f);
	born = hz <= 0 ? up : (double)stat_field("/proc/self/stat", 22) / (double)hz;
	return up <= born ? 0 : (int64_t)((up - born) * 1e9);
}

/* dir is /proc/N or /proc/self/task/N. */
static void
task_read(const char *dir, unsigned id, struct procinfo_task *out)
{
	long hz = sysconf(_SC_CLK_TCK);
	char path[PATH_LEN];
	FILE *f;

	*out = (struct procinfo_task){ .id = id };
	snprintf(path, sizeof(path), "%s/comm", dir);
	if ((f = fopen(path, "re")) != NULL) {
		if (fgets(out->name, sizeof(out->name), f) != NULL)
			out->name[strcspn(out->name, "\n")] = '\0';
		fclose(f);
	}
	snprintf(path, sizeof(path), "%s/schedstat", dir);
	if ((f = fopen(path, "re")) != NULL) {
		uint64_t ran_ns = 0, waited_ns = 0;

		if (fscanf(f, "%" SCNu64 " %" SCNu64 " %" SCNu64, &ran_ns, &waited_ns, &out->runs) == 3)
			out->cpu_us = ran_ns / 1000;
		fclose(f);
	}
	snprintf(path, sizeof(path), "%s/stat", dir);
	if (out->cpu_us == 0 && hz > 0)
		out->cpu_us = (stat_field(path, 14) + stat_field(path, 15)) * 1000000 / (uint64_t)hz;
	snprintf(path, sizeof(path), "%s/status", dir);
	out->held = kilobytes(path, "VmRSS");
	out->held_most = kilobytes(path, "VmHWM");
}

void
procinfo_threads(void (*fn)(void *, const struct procinfo_task *), void *arg)
{
	DIR *d = opendir("/proc/self/task");
	struct procinfo_task t;
	char path[PATH_LEN];
	struct dirent *e;

	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL) {
		unsigned id = (unsigned)strtoul(e->d_name, NULL, 10);

		if (id == 0)
			continue;
		snprintf(path, sizeof(path), "/proc/self/task/%u", id);
		task_read(path, id, &t);
		fn(arg, &t);
	}
	closedir(d);
}

bool
procinfo_process(unsigned pid, struct procinfo_task *out)
{
	char path[PATH_LEN];

	snprintf(path, sizeof(path), "/proc/%u", pid);
	task_read(path, pid, out);
	return out->name[0] != '\0';
}

unsigned
procinfo_self(void)
{
	return (unsigned)getpid();
}
