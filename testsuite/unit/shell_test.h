#ifndef INSPIRE_SHELL_TEST_H
#define INSPIRE_SHELL_TEST_H

#include "testsuite/unit/unit.h"

void	 shell_collect_tests(TCase *tc);
void	 shell_config_tests(TCase *tc);
void	 shell_filter_tests(TCase *tc);
void	 shell_foreign_tests(TCase *tc);
void	 shell_grammar_tests(TCase *tc);
void	 shell_ladder_tests(TCase *tc);
void	 shell_layout_tests(TCase *tc);
void	 shell_lines_tests(TCase *tc);
void	 shell_mask_tests(TCase *tc);
void	 shell_rlink_tests(TCase *tc);
void	 shell_service_tests(TCase *tc);
void	 shell_session_tests(TCase *tc);
void	 shell_show_tests(TCase *tc);
void	 shell_tcl_tests(TCase *tc);
void	 shell_term_tests(TCase *tc);
void	 shell_transcript_tests(TCase *tc);
void	 shell_archive_tests(TCase *tc);
void	 shell_replace_tests(TCase *tc);
void	 shell_undo_tests(TCase *tc);

#endif
