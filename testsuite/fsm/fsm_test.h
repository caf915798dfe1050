#ifndef INSPIRE_FSM_TEST_H
#define INSPIRE_FSM_TEST_H

#include "testsuite/fsm/play.h"
#include "testsuite/unit/unit.h"

void	 fsm_main_mode_tests(TCase *tc);
void	 fsm_quick_mode_tests(TCase *tc);
void	 fsm_loss_tests(TCase *tc);
void	 fsm_life_tests(TCase *tc);
void	 fsm_inv_spi_tests(TCase *tc);
void	 fsm_hostile_tests(TCase *tc);
void	 fsm_aggressive_tests(TCase *tc);
void	 fsm_xauth_tests(TCase *tc);
void	 fsm_natt_tests(TCase *tc);
void	 fsm_signature_tests(TCase *tc);
void	 fsm_fragment_tests(TCase *tc);
void	 fsm_foreign_tests(TCase *tc);
void	 fsm_addresses_tests(TCase *tc);

#endif
