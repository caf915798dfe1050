#ifndef INSPIRE_UNIT_ENGINE_LAB_TEST_H
#define INSPIRE_UNIT_ENGINE_LAB_TEST_H

#include "testsuite/unit/unit.h"
#include "engine/lab_impl.h"

void	 lab_topology_tests(TCase *tc);
void	 lab_link_tests(TCase *tc);
void	 lab_traffic_tests(TCase *tc);
void	 lab_fault_tests(TCase *tc);
void	 lab_snapshot_tests(TCase *tc);
void	 lab_nvram_tests(TCase *tc);
void	 lab_keyfile_tests(TCase *tc);

/* A lab of the given topology text on the virtual clock from time 0; fails the test if it can't be made. */
struct lab	*t_lab(const char *yaml, uint64_t seed);
struct lab	*t_lab_nvram(const char *yaml, uint64_t seed, const char *nvram_dir);
/* Lets lab time run. */
void		 t_run(struct lab *lab, int64_t ns);
struct link_end	*t_end(struct lab *lab, const char *name);

#define T_HOST(name, addr, gw)	"    " name ": {labels: {inspire-kind: host, inspire-address: " addr gw "}}\n"
#define T_TWO_HOSTS \
	"topology:\n" \
	"  nodes:\n" \
	T_HOST("A", "10.0.0.1/24", "") \
	T_HOST("B", "10.0.0.2/24", "") \
	"  links:\n" \
	"    - endpoints: [\"A:eth1\", \"B:eth1\"]\n"

#endif
