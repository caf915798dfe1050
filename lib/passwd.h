#ifndef INSPIRE_LIB_PASSWD_H
#define INSPIRE_LIB_PASSWD_H

/*
 * Passwords as a router's configuration keeps them, by the number of their type: in the clear (0), an MD5 crypt (5),
 * hidden from a glance but not kept secret (7), PBKDF2 with SHA-256 (8), scrypt (9).  Types 8 and 9 are
 * "$8$" or "$9$", 14 characters of salt, "$", and 32 bytes in base64 of crypt's alphabet.
 */

#include <stdbool.h>
#include <stddef.h>

struct chance;

enum passwd_type { PASSWD_CLEAR = 0, PASSWD_MD5 = 5, PASSWD_HIDDEN = 7, PASSWD_PBKDF2 = 8, PASSWD_SCRYPT = 9 };

#define PASSWD_CLEAR_MAX	127		/* letters that a person may type */
#define PASSWD_STORED_MAX	(2 * PASSWD_CLEAR_MAX + 3)	/* with its NUL, whatever the type */

/* Makes the stored form (types 7, 8, 9). False: the library refused, or clear is too long. */
bool	 passwd_make(enum passwd_type t, const char *clear, struct chance *c, char out[PASSWD_STORED_MAX]);
/* Could this text be a stored password of that type? */
bool	 passwd_valid(enum passwd_type t, const char *stored);
/* Takes as long for a wrong password as for the right one. */
bool	 passwd_check(enum passwd_type t, const char *stored, const char *typed);
/*
 * Where a password is typed in another process than the one that keeps the stored one: it is sent what stands before the
 * hash ("" for types 0 and 7), gives back what makes the proof of the typed one (the stored form that it would have, or
 * itself), and that is held against the stored one at no cost.
 */
bool	 passwd_setting(enum passwd_type t, const char *stored, char out[PASSWD_STORED_MAX]);
bool	 passwd_proof(enum passwd_type t, const char *setting, const char *typed, char out[PASSWD_STORED_MAX]);
bool	 passwd_proved(enum passwd_type t, const char *stored, const char *proof);
/* Type 7 both ways; salt 0..15. */
void	 passwd_hide(const char *clear, unsigned salt, char out[PASSWD_STORED_MAX]);
bool	 passwd_unhide(const char *stored, char out[PASSWD_CLEAR_MAX + 1]);

#endif
