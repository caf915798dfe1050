/* UTF-8 and how many columns a character takes, without the process's locale: a session is nobody's process. */

#include "shell/term_int.h"

struct range { uint32_t first, last; };

/* Marks that stand over or under the letter before them, and characters without a shape. */
static const struct range none[] = {
	{ 0x0300, 0x036f }, { 0x0483, 0x0489 }, { 0x0591, 0x05bd }, { 0x0610, 0x061a }, { 0x064b, 0x065f }, { 0x06d6, 0x06dc },
	{ 0x0900, 0x0902 }, { 0x093c, 0x093c }, { 0x0941, 0x0948 }, { 0x0e31, 0x0e31 }, { 0x0e34, 0x0e3a }, { 0x0e47, 0x0e4e },
	{ 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff }, { 0x200b, 0x200f }, { 0x202a, 0x202e }, { 0x2060, 0x2064 }, { 0x20d0, 0x20f0 },
	{ 0x302a, 0x302d }, { 0x3099, 0x309a }, { 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f }, { 0xfeff, 0xfeff }, { 0xe0100, 0xe01ef },
};
/* East Asian wide and full-width characters, and pictures (UAX 11). */
static const struct range wide[] = {
	{ 0x1100, 0x115f }, { 0x231a, 0x231b }, { 0x2329, 0x232a }, { 0x23e9, 0x23ec }, { 0x2614, 0x2615 }, { 0x26a1, 0x26a1 },
	{ 0x2705, 0x2705 }, { 0x274c, 0x274c }, { 0x2795, 0x2797 }, { 0x2b50, 0x2b50 }, { 0x2e80, 0x303e }, { 0x3041, 0x33ff },
	{ 0x3400, 0x4dbf }, { 0x4e00, 0x9fff }, { 0xa000, 0xa4cf }, { 0xa960, 0xa97c }, { 0xac00, 0xd7a3 }, { 0xf900, 0xfaff },
	{ 0xfe30, 0xfe6b }, { 0xff01, 0xff60 }, { 0xffe0, 0xffe6 }, { 0x1f300, 0x1f64f }, { 0x1f680, 0x1f6ff },
	{ 0x1f900, 0x1f9ff }, { 0x20000, 0x3fffd },
};

static bool
within(const struct range *v, size_t n, uint32_t c)
{
	for (size_t i = 0; i < n && v[i].first <= c; i++)
		if (c <= v[i].last)
			return true;
	return false;
}

unsigned
term_width(wchar_t c)
{
	uint32_t u = (uint32_t)c;

	if (u < 0x300)
		return 1;
	if (within(none, sizeof(none) / sizeof(none[0]), u))
		return 0;
	return within(wide, sizeof(wide) / sizeof(wide[0]), u) ? 2 : 1;
}

size_t
term_utf8(wchar_t c, char out[4])
{
	uint32_t u = (uint32_t)c;

	if (u < 0x80) {
		out[0] = (char)u;
		return 1;
	}
	if (u < 0x800) {
		out[0] = (char)(0xc0 | u >> 6);
		out[1] = (char)(0x80 | (u & 0x3f));
		return 2;
	}
	if (u < 0x10000) {
		out[0] = (char)(0xe0 | u >> 12);
		out[1] = (char)(0x80 | (u >> 6 & 0x3f));
		out[2] = (char)(0x80 | (u & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | (u >> 18 & 7));
	out[1] = (char)(0x80 | (u >> 12 & 0x3f));
	out[2] = (char)(0x80 | (u >> 6 & 0x3f));
	out[3] = (char)(0x80 | (u & 0x3f));
	return 4;
}

/* Shortest forms only, no surrogates, none of the control characters that lie above ASCII (RFC 3629, section 3). */
static bool
acceptable(uint32_t u, unsigned more)
{
	static const uint32_t least[] = { 0, 0xa0, 0x800, 0x10000 };

	return u >= least[more] && u < 0x110000 && (u < 0xd800 || u > 0xdfff);
}

size_t
term_decode(const char *p, size_t n, wchar_t *out)
{
	unsigned char b = n > 0 ? (unsigned char)*p : 0;
	unsigned more = b < 0xc0 ? 0 : b < 0xe0 ? 1 : b < 0xf0 ? 2 : 3;
	uint32_t u = more == 0 ? b : b & (0x3fu >> more);

	if (n == 0)
		return 0;
	*out = -1;
	if ((b >= 0x80 && more == 0) || b >= 0xf8)
		return 1;
	for (unsigned i = 1; i <= more; i++) {
		if (i >= n || ((unsigned char)p[i] & 0xc0) != 0x80)
			return i;
		u = u << 6 | ((unsigned char)p[i] & 0x3f);
	}
	if (acceptable(u, more))
		*out = (wchar_t)u;
	return more + 1;
}
