#ifndef INSPIRE_SHELL_VERBS_H
#define INSPIRE_SHELL_VERBS_H

/* What `inspire VERB` runs. Each gets its own name as argv[0] and gives the exit status. */

int	 verb_lab(int argc, char **argv);
int	 verb_router(int argc, char **argv);
int	 verb_attach(int argc, char **argv);
int	 verb_commands(int argc, char **argv);
int	 verb_check(int argc, char **argv);
int	 verb_ladder(int argc, char **argv);

extern const char verb_lab_usage[];
extern const char verb_router_usage[];
extern const char verb_attach_usage[];
extern const char verb_commands_usage[];
extern const char verb_check_usage[];
extern const char verb_ladder_usage[];

#endif
