#ifndef INSPIRE_LIB_TEST_H
#define INSPIRE_LIB_TEST_H

/* The tests of floor 0, one function a module adds them to its case. */

#include "testsuite/unit/unit.h"

void	 lib_addr_tests(TCase *tc);
void	 lib_buf_tests(TCase *tc);
void	 lib_chance_tests(TCase *tc);
void	 lib_cipher_tests(TCase *tc);
void	 lib_clock_tests(TCase *tc);
void	 lib_coro_tests(TCase *tc);
void	 lib_dh_tests(TCase *tc);
void	 lib_dn_tests(TCase *tc);
void	 lib_loop_tests(TCase *tc);
void	 lib_passwd_tests(TCase *tc);
void	 lib_prf_tests(TCase *tc);
void	 lib_procinfo_tests(TCase *tc);
void	 lib_text_tests(TCase *tc);

#endif
