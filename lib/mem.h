#ifndef INSPIRE_LIB_MEM_H
#define INSPIRE_LIB_MEM_H

/* Memory that never fails (it ends the process with file and line), and wiping of keys. */

#include <stddef.h>

_Noreturn void	 fatal_at(const char *file, int line, const char *fmt, ...)
		    __attribute__((format(printf, 3, 4)));
#define fatal(...)	fatal_at(__FILE__, __LINE__, __VA_ARGS__)

void	*xmalloc(size_t n);
void	*xcalloc(size_t count, size_t size);
void	*xrealloc(void *p, size_t n);
char	*xstrdup(const char *s);
char	*xstrndup(const char *s, size_t n);
void	*xmemdup(const void *p, size_t n);
char	*xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	 wipe(void *p, size_t n);		/* zeroes what the compiler may not elide */
void	 wipe_free(void *p, size_t n);

#endif
