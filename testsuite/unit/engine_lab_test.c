/* Labs: topology files, links, switches, hosts and streams, faults, key files, NVRAM, snapshots. */

#include "testsuite/unit/engine_lab_test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct lab *
t_lab_nvram(const char *yaml, uint64_t seed, const char *nvram_dir)
{
	char path[] = "/tmp/inspire-lab-XXXXXX", *why = NULL;
	int fd = mkstemp(path);
	struct lab_options o = { .topology = path, .seed = seed, .nvram_dir = nvram_dir };
	struct lab *lab;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, yaml, strlen(yaml)), (ssize_t)strlen(yaml));
	close(fd);
	lab = lab_new(&o, &why);
	unlink(path);
	ck_assert_msg(lab != NULL, "%s", why);
	return lab;
}

struct lab *
t_lab(const char *yaml, uint64_t seed)
{
	return t_lab_nvram(yaml, seed, NULL);
}

void
t_run(struct lab *lab, int64_t ns)
{
	int64_t end = clock_now(lab_clock(lab)) + ns;

	while (lab_step(lab, end))
		;
}

struct link_end *
t_end(struct lab *lab, const char *name)
{
	char *why = NULL;
	struct link_end *e = lab_end(lab, name, &why);

	ck_assert_msg(e != NULL, "%s", why);
	return e;
}

int
main(void)
{
	static const struct unit_module modules[] = {
		{ "topology", lab_topology_tests },
		{ "link", lab_link_tests },
		{ "traffic", lab_traffic_tests },
		{ "fault", lab_fault_tests },
		{ "keyfile", lab_keyfile_tests },
		{ "nvram", lab_nvram_tests },
		{ "snapshot", lab_snapshot_tests },
		{ NULL, NULL },
	};

	return unit_run("lab", modules);
}
