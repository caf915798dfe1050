/*
 * Logging in at the gateway: a password typed is turned into a proof here, so that the routers' process spends no time
 * on it, and never leaves this process unless it is one that the router keeps readable anyway; whether the proof is
 * right is said there.  Signatures of public keys are checked by libssh, here.
 */

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/passwd.h"
#include "shell/gateway_int.h"

#define QUESTIONS_MAX	64u	/* keys offered, and users tried, of one connection */
#define BLOB_MAX	4096u

/* ---- what is sent to the router ---- */

/* A name that no user can have stands for what is no name. */
static struct rlink_string
user_name(const char *user)
{
	size_t n = user == NULL ? 0 : strlen(user);

	for (size_t i = 0; i < n; i++)
		if ((unsigned char)user[i] < ' ' || user[i] == 0x7f)
			n = 0;
	return n == 0 || n > USER_NAME_MAX ? rlink_text("?") : (struct rlink_string){ user, n };
}

/* What is tried without an end is an attack. */
static bool
may_ask(struct gconn *c)
{
	if (c->over || c->in || ++c->questions > QUESTIONS_MAX)
		c->over = true;
	return !c->over;
}

/* The answer is held back: the client may go meanwhile, what it sends waits. */
static bool
answered(struct gconn *c)
{
	uint8_t buf[RLINK_MAX];
	struct rlink_msg m;
	struct pollfd p = { .fd = ssh_get_fd(c->ssh), .events = POLLRDHUP };

	if (!gconn_reply(c, RLINK_ANSWER, buf, &m))
		return false;
	if (m.number[1] > 0 && poll(&p, 1, m.number[1] < 60000 ? (int)m.number[1] : 60000) > 0)
		c->over = true;
	return m.number[0] != 0 && !c->over;
}

static void
failed(struct gconn *c)
{
	if (++c->failures < c->tries)
		return;
	ssh_session_set_disconnect_message(c->ssh, "Too many authentication failures");
	c->over = true;
}

static void
succeeded(struct gconn *c)
{
	c->in = true;
	c->deadline = clock_now(c->clock) + c->patience_ns;	/* to open a channel */
	gconn_known(c, true);
}

/* Hashing takes milliseconds and memory: only so many at once, the others wait their turn. */
static bool
hash(struct gconn *c, enum passwd_type t, const char *setting, const char *typed, char out[PASSWD_STORED_MAX])
{
	struct gateway *g = c->gateway;
	bool ok;

	pthread_mutex_lock(&g->lock);
	while (g->hashing >= GATEWAY_HASHES)
		pthread_cond_wait(&g->hashed, &g->lock);
	g->hashing++;
	pthread_mutex_unlock(&g->lock);
	ok = passwd_proof(t, setting, typed, out);
	pthread_mutex_lock(&g->lock);
	g->hashing--;
	pthread_cond_signal(&g->hashed);
	pthread_mutex_unlock(&g->lock);
	return ok;
}

/* How the user proves himself.  An unknown one is asked just so. */
static bool
ask(struct gconn *c, const char *user, struct rlink_msg *secret, uint8_t buf[RLINK_MAX])
{
	struct rlink_msg m = { .type = RLINK_ASK, .string = { user_name(user) } };

	return may_ask(c) && gconn_tell(c, &m, -1) && gconn_reply(c, RLINK_SECRET, buf, secret);
}

static bool
prove(struct gconn *c, const struct rlink_msg *secret, const char *typed)
{
	char setting[PASSWD_STORED_MAX], proof[PASSWD_STORED_MAX] = "";
	struct rlink_msg m = { .type = RLINK_PROOF };
	bool ok;

	if (!rlink_copy(&secret->string[0], setting, sizeof(setting)))
		return false;
	if (!hash(c, (enum passwd_type)secret->number[0], setting, typed, proof))
		proof[0] = '\0';	/* it proves nothing, and is counted as a failure all the same */
	m.string[0] = rlink_text(proof);
	ok = gconn_tell(c, &m, -1);
	wipe(proof, sizeof(proof));
	return ok && answered(c);
}

static bool
password(struct gconn *c, const char *user, const char *typed)
{
	uint8_t buf[RLINK_MAX];
	struct rlink_msg secret;
	bool yes;

	if (!ask(c, user, &secret, buf))
		return false;
	yes = prove(c, &secret, typed);
	if (yes)
		succeeded(c);
	else
		failed(c);
	return yes;
}

static void
show_banner(struct gconn *c)
{
	ssh_string s;

	if (c->banner == NULL || c->banner[0] == '\0')
		return;
	if ((s = ssh_string_from_char(c->banner)) != NULL) {
		ssh_send_issue_banner(c->ssh, s);
		ssh_string_free(s);
	}
	free(c->banner);
	c->banner = NULL;
}

/* ---- what the client asks ---- */

/* Lines at which nobody is asked let everybody in. */
static int
on_none(ssh_session s, const char *user, void *arg)
{
	struct gconn *c = arg;
	uint8_t buf[RLINK_MAX];
	struct rlink_msg secret;

	(void)s;
	show_banner(c);
	if (!ask(c, user, &secret, buf) || secret.number[1] == 0 || !prove(c, &secret, ""))
		return SSH_AUTH_DENIED;
	succeeded(c);
	return SSH_AUTH_SUCCESS;
}

static int
on_password(ssh_session s, const char *user, const char *typed, void *arg)
{
	struct gconn *c = arg;

	(void)s;
	show_banner(c);
	return (c->methods & RLINK_PASSWORD) != 0 && password(c, user, typed) ? SSH_AUTH_SUCCESS : SSH_AUTH_DENIED;
}

static size_t
blob_of(ssh_key key, uint8_t out[BLOB_MAX])
{
	char *text = NULL;
	size_t n, pad = 0;
	int len;

	if (ssh_pki_export_pubkey_base64(key, &text) != SSH_OK)
		return 0;
	n = strlen(text);
	while (pad < 2 && pad < n && text[n - 1 - pad] == '=')
		pad++;
	len = n / 4 * 3 > BLOB_MAX ? -1 : EVP_DecodeBlock(out, (const uint8_t *)text, (int)n);
	ssh_string_free_char(text);
	return len < (int)pad ? 0 : (size_t)len - pad;
}

/* Offered first, then signed with. */
static int
on_key(ssh_session s, const char *user, struct ssh_key_struct *key, char state, void *arg)
{
	struct gconn *c = arg;
	bool is_signed = state == SSH_PUBLICKEY_STATE_VALID;
	struct rlink_msg m = { .type = is_signed ? RLINK_SIGNED : RLINK_KEY };
	uint8_t blob[BLOB_MAX];
	size_t n;

	(void)s;
	show_banner(c);
	if ((c->methods & RLINK_PUBLICKEY) == 0 || (!is_signed && state != SSH_PUBLICKEY_STATE_NONE) ||
	    (n = blob_of(key, blob)) == 0 || !may_ask(c))
		return SSH_AUTH_DENIED;
	m.string[0] = user_name(user);
	m.string[1] = (struct rlink_string){ (const char *)blob, n };
	if (!gconn_tell(c, &m, -1) || !answered(c))
		return SSH_AUTH_DENIED;
	if (is_signed)
		succeeded(c);
	return SSH_AUTH_SUCCESS;
}

static int
keyboard_asks(struct gconn *c, ssh_message m)
{
	const char *prompt = "Password: ", *user = ssh_message_auth_user(m);
	char echo = 0;

	snprintf(c->user, sizeof(c->user), "%s", user == NULL || strlen(user) > USER_NAME_MAX ? "?" : user);
	return ssh_message_auth_interactive_request(m, "", "", 1, &prompt, &echo) == SSH_ERROR;
}

static int
keyboard_answers(struct gconn *c, ssh_message m)
{
	const char *typed = ssh_userauth_kbdint_getnanswers(c->ssh) == 1 ? ssh_userauth_kbdint_getanswer(c->ssh, 0) : NULL;

	if (typed == NULL || c->user[0] == '\0' || !password(c, c->user, typed))
		return 1;
	ssh_message_auth_reply_success(m, 0);
	return 0;
}

/* What has no callback of its own; 1: refused as the protocol has it. */
static int
on_message(ssh_session s, ssh_message m, void *arg)
{
	struct gconn *c = arg;

	(void)s;
	if (ssh_message_type(m) != SSH_REQUEST_AUTH || ssh_message_subtype(m) != SSH_AUTH_METHOD_INTERACTIVE || c->in ||
	    (c->methods & RLINK_KEYBOARD) == 0)
		return 1;
	show_banner(c);
	return ssh_message_auth_kbdint_is_response(m) ? keyboard_answers(c, m) : keyboard_asks(c, m);
}

static ssh_channel
on_channel(ssh_session s, void *arg)
{
	struct gconn *c = arg;

	(void)s;
	return c->in ? gchan_open(c) : NULL;
}

void
gconn_auth_init(struct gconn *c)
{
	int methods = ((c->methods & RLINK_PASSWORD) != 0 ? SSH_AUTH_METHOD_PASSWORD : 0) |
	    ((c->methods & RLINK_KEYBOARD) != 0 ? SSH_AUTH_METHOD_INTERACTIVE : 0) |
	    ((c->methods & RLINK_PUBLICKEY) != 0 ? SSH_AUTH_METHOD_PUBLICKEY : 0);

	c->cb = (struct ssh_server_callbacks_struct){ .userdata = c, .auth_none_function = on_none,
	    .auth_password_function = on_password, .auth_pubkey_function = on_key,
	    .channel_open_request_session_function = on_channel };
	ssh_callbacks_init(&c->cb);
	ssh_set_server_callbacks(c->ssh, &c->cb);
	ssh_set_message_callback(c->ssh, on_message, c);
	ssh_set_auth_methods(c->ssh, methods);
}
