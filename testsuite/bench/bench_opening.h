#ifndef INSPIRE_BENCH_OPENING_H
#define INSPIRE_BENCH_OPENING_H

/* Labs that are made in the bench's own process: their files, and their routers' configurations. */

struct router;

/* lab_options.load_config; arg: a struct lab **, that lab_new() is about to fill in. A line that is refused ends the bench. */
void	 bench_load_config(void *arg, struct router *r, const char *text);
void	 bench_write_file(const char *dir, const char *name, const char *text);

#endif
