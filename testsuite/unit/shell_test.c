/* The unit tests of shell/. */

#include "testsuite/unit/shell_test.h"

int
main(void)
{
	static const struct unit_module modules[] = {
		{ "grammar", shell_grammar_tests },
		{ "filter", shell_filter_tests },
		{ "service", shell_service_tests },
		{ "session", shell_session_tests },
		{ "term", shell_term_tests },
		{ "rlink", shell_rlink_tests },
		{ "config", shell_config_tests },
		{ "foreign", shell_foreign_tests },
		{ "archive", shell_archive_tests },
		{ "replace", shell_replace_tests },
		{ "undo", shell_undo_tests },
		{ "collect", shell_collect_tests },
		{ "ladder", shell_ladder_tests },
		{ "layout", shell_layout_tests },
		{ "lines", shell_lines_tests },
		{ "mask", shell_mask_tests },
		{ "show", shell_show_tests },
		{ "tcl", shell_tcl_tests },
		{ "transcript", shell_transcript_tests },
		{ NULL, NULL },
	};

	return unit_run("shell", modules);
}
