/*
 * Main and Quick Mode a second over 500 configured connections: two of ours against two strongSwans, in turns over the same
 * pair of Ethernet devices.  tools/interop/handshakes.py does it, as root in namespaces of its own; where it cannot it
 * says what is missing, and the rows are left out.
 */

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "lib/mem.h"
#include "testsuite/bench/bench.h"

#define CANNOT	77	/* status of a test that lacks something */

static const struct goal {
	unsigned	 group;
	const char	*name;
	double		 goal;
} goals[] = {
	{ 14, "500 Main+Quick Modes, ours to strongSwan's, group 14", 3 },
	{ 19, "500 Main+Quick Modes, ours to strongSwan's, ECP 256", 1 },
};

#define NGOALS	(sizeof(goals) / sizeof(goals[0]))

static void
add_row(struct bench *b, unsigned group, double ours, double theirs)
{
	for (size_t i = 0; i < NGOALS; i++)
		if (goals[i].group == group)
			bench_rate(b, goals[i].name, "/s", ours, theirs, goals[i].goal);
}

void
bench_handshakes(struct bench *b)
{
	char *command = xasprintf("exec /usr/bin/python3 '%s/interop/handshakes.py' --inspire ./inspire", BENCH_TOOLS);
	char line[512], why[512] = "/usr/bin/python3 does not run\n";
	double ours, theirs;
	FILE *f = popen(command, "r");
	unsigned group;
	int status;

	if (f == NULL)
		fatal("no shell can be started");
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "%u %lf %lf", &group, &ours, &theirs) == 3)
			add_row(b, group, ours, theirs);
		else
			snprintf(why, sizeof(why), "%s", line);
	}
	status = pclose(f);
	free(command);
	if (WIFEXITED(status) && (WEXITSTATUS(status) == CANNOT || WEXITSTATUS(status) == 127))
		for (size_t i = 0; i < NGOALS; i++)
			printf("%s: skipped, %s", goals[i].name, why);
	else if (status != 0)
		fatal("the handshakes could not be measured");
}
