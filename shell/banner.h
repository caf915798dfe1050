#ifndef INSPIRE_SHELL_BANNER_H
#define INSPIRE_SHELL_BANNER_H

/* Banners: shown with what their tokens stand for, and taken in over several lines. */

#include <stdbool.h>

#include "engine/cfg_access.h"

struct config;
struct session;
struct text;

void	banner_show(struct session *s, enum banner b);
void	running_banners(const struct config *c, struct text *out);

#endif
