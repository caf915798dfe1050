#ifndef INSPIRE_IKE_TEST_H
#define INSPIRE_IKE_TEST_H

#include "testsuite/unit/unit.h"

void	 ike_keys_tests(TCase *tc);
void	 ike_wire_tests(TCase *tc);
void	 ike_cfg_wire_tests(TCase *tc);
void	 ike_cert_wire_tests(TCase *tc);

#endif
