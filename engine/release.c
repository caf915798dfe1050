/* What a release's name tells of it. */

#include <stdio.h>
#include <string.h>

#include "engine/release.h"

#define XN_TRAIN	"12.2(33)XN"

/* "12.2(33)XNC1" -> 'C', 1; without a number 0. */
static bool
xn_release(const char *s, char *train, unsigned *rebuild)
{
	size_t n = strlen(XN_TRAIN);
	int end = 0;

	*rebuild = 0;
	if (strncmp(s, XN_TRAIN, n) != 0 || s[n] < 'A' || s[n] > 'F')
		return false;
	*train = s[n];
	if (s[n + 1] == '\0')
		return true;
	return s[n + 1] >= '1' && s[n + 1] <= '9' && sscanf(s + n + 1, "%2u%n", rebuild, &end) == 1 && s[n + 1 + (size_t)end] == '\0';
}

/* "15.4(3)M2": numbers, a number in brackets, then letters and digits. */
static bool
classic_release(const char *s, unsigned *major)
{
	unsigned minor, maintenance;
	int n = 0;

	if (sscanf(s, "%2u.%2u(%3u)%n", major, &minor, &maintenance, &n) != 3 || n == 0)
		return false;
	s += n;
	return strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmnopqrstuvwxyz") == strlen(s) && strlen(s) < 8;
}

static bool
xe_release(const char *s, unsigned *major)
{
	unsigned minor, rebuild;
	int n = 0;

	return sscanf(s, "%2u.%2u.%2u%n", major, &minor, &rebuild, &n) == 3 && strspn(s + n, "abcdefghijklmnopqrstuvwxyz") == strlen(s + n) &&
	    strlen(s + n) < 3;
}

bool
release_fits(const char *release, enum ike_dialect d)
{
	unsigned major, rebuild;
	char train;

	if (xn_release(release, &train, &rebuild))
		return d == IKE_XE_17;
	if (d == IKE_XE_17)
		return xe_release(release, &major) && major >= 16;
	return classic_release(release, &major) && major == (d == IKE_IOS_12 ? 12u : 15u);
}

bool
release_logs_inv_spi(const char *release)
{
	unsigned rebuild;
	char train;

	if (release == NULL || !xn_release(release, &train, &rebuild))
		return true;
	return train > 'C' || (train == 'C' && rebuild >= 2);
}
