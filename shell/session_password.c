/*
 * A typed password held against a stored one.  It is made to be slow, tens of milliseconds of one processor: on the
 * real clock a thread of its own does it, and the session waits as for anything else; on the virtual clock no lab
 * time passes, so it is done on the spot.
 */

#include "shell/session_login.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/login.h"
#include "lib/mem.h"
#include "shell/session.h"

#define LOOK		(2 * NSEC_MS)	/* how often the session looks whether it is done */
#define LONGEST		(20 * NSEC_SEC)

struct work {
	atomic_int	 refs;		/* the session and the thread */
	atomic_bool	 done;
	bool		 ok;
	enum passwd_type type;
	char		 stored[PASSWD_STORED_MAX];
	char		 typed[PASSWD_CLEAR_MAX + 2];
};

static void
work_drop(struct work *w)
{
	if (atomic_fetch_sub(&w->refs, 1) == 1)
		wipe_free(w, sizeof(*w));
}

static void *
work_run(void *arg)
{
	struct work *w = arg;

	w->ok = passwd_check(w->type, w->stored, w->typed);
	atomic_store(&w->done, true);
	work_drop(w);
	return NULL;
}

static bool
work_start(struct work *w)
{
	pthread_attr_t a;
	pthread_t t;
	bool ok;

	if (pthread_attr_init(&a) != 0)
		return false;
	pthread_attr_setdetachstate(&a, PTHREAD_CREATE_DETACHED);
	ok = pthread_create(&t, &a, work_run, w) == 0;
	pthread_attr_destroy(&a);
	return ok;
}

static bool
aside(struct session *s, const struct login_secret *secret, const char *typed)
{
	int64_t until = clock_now(session_clock(s)) + LONGEST;
	struct work *w = xcalloc(1, sizeof(*w));
	bool ok;

	atomic_init(&w->refs, 2);
	w->type = secret->type;
	memcpy(w->stored, secret->stored, sizeof(w->stored));
	snprintf(w->typed, sizeof(w->typed), "%s", typed);	/* one letter more than may be: what is cut stays wrong */
	if (!work_start(w)) {
		wipe_free(w, sizeof(*w));
		return passwd_check(secret->type, secret->stored, typed);
	}
	while (!atomic_load(&w->done) && clock_now(session_clock(s)) < until && session_sleep(s, LOOK))
		;
	ok = atomic_load(&w->done) && w->ok && !s->interrupted;
	work_drop(w);
	return ok;
}

static bool
slow(enum passwd_type t)
{
	return t == PASSWD_MD5 || t == PASSWD_PBKDF2 || t == PASSWD_SCRYPT;
}

bool
session_password(struct session *s, const struct login_secret *secret, char *typed)
{
	bool ok;

	if (slow(secret->type) && !clock_is_virtual(session_clock(s)))
		ok = aside(s, secret, typed);
	else
		ok = passwd_check(secret->type, secret->stored, typed);
	wipe_free(typed, strlen(typed));
	return ok && secret->known;
}
