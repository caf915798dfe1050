#ifndef INSPIRE_UNIT_H
#define INSPIRE_UNIT_H

/* What every floor's unit test program shares: a suite with a case for each module, and its runner. */

#include <check.h>
#include <stddef.h>
#include <stdlib.h>

struct unit_module {
	const char	*name;
	void		(*add)(TCase *tc);	/* the module's tests */
};

/* The table is ended by a NULL name; the result is main()'s.  CK_VERBOSITY and CK_RUN_CASE are heeded. */
static inline int
unit_run(const char *floor, const struct unit_module *m)
{
	Suite *suite = suite_create(floor);
	SRunner *runner = srunner_create(suite);
	int failed;

	for (; m->name != NULL; m++) {
		TCase *tc = tcase_create(m->name);

		tcase_set_timeout(tc, 60);
		m->add(tc);
		suite_add_tcase(suite, tc);
	}
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
