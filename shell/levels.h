#ifndef INSPIRE_SHELL_LEVELS_H
#define INSPIRE_SHELL_LEVELS_H

/* Severities (RFC 5424, 6.2.1) in the syntax of commands: in words and, before them, as a number. */

struct args;

#define LEVELS		"{ <0-7>:level | emergencies | alerts | critical | errors | warnings | notifications | informational | debugging }"
#define LEVELS_HELP	"Messages of this severity and worse\nThe system can't be used (0)\nAction is needed at once (1)\nCritical (2)\n" \
			"Errors (3)\nWarnings (4)\nNormal but worth a note (5)\nInformation (6)\nDebugging output too (7)"

/* The level that was typed, by number or by name; dflt if none was. */
int	 level_typed(const struct args *a, int dflt);

#endif
