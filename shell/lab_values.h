#ifndef INSPIRE_SHELL_LAB_VALUES_H
#define INSPIRE_SHELL_LAB_VALUES_H

/* How the lab's console reads and writes quantities: rates, shares, spans of time; and comparisons of sums. */

#include <stdbool.h>
#include <stdint.h>

struct text;

bool	 rate_parse(const char *s, uint64_t *bps);	/* "2Mbps", "64kbps", "1.5Gbps", "9600bps" */
bool	 share_parse(const char *s, double *share);	/* "10%", "0.5%": 0..1 */
void	 rate_text(struct text *out, uint64_t bps);	/* "2 Mbit/s" */
void	 span_text(struct text *out, int64_t ns);	/* "60 s", "0.5 s", "5.6 ms" */

/*
 * "A OP B", where A and B are sums of numbers (decimal or hexadecimal) and OP one of > < = != >= <=.
 * EXPECT_BAD: *why is what is wrong with it.  EXPECT_FALSE: *why is what to say, with the values.
 */
enum expect { EXPECT_BAD, EXPECT_FALSE, EXPECT_TRUE };
enum expect expect_judge(const char *line, char **why);

#endif
