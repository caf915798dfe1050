#ifndef INSPIRE_SHELL_RUNNING_ACCESS_H
#define INSPIRE_SHELL_RUNNING_ACCESS_H

/* Writers of the running configuration: getting in, and what one may there. */

struct config;
struct text;

void	running_enable(const struct config *c, struct text *out);
void	running_login(const struct config *c, struct text *out);
void	running_line_words(const struct config *c, const char *words, struct text *out);
void	running_privileges(const struct config *c, struct text *out);

#endif
