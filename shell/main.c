/* The program: chooses a verb. */

#include <stdio.h>

int
main(void)
{
	puts("inspire");
	return 0;
}
