/*
 * Captures of key exchanges played into a router through a pcapfile port, whole and spoiled: cut, with bits turned over
 * anywhere in the file, with bytes of the UDP payload changed (so that the checksums hold and IKE sees it), and
 * with frames of one capture between those of another.  What is spoiled, and how, a fixed generator says.
 * Captures named as arguments, whoever made them, are played as they are, and what they carry of IKE and IPsec sent to
 * the same routers, whole and spoiled.
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "datapath/capfile.h"
#include "datapath/pcapng.h"
#include "engine/refusals.h"
#include "engine/router.h"
#include "engine/wires.h"
#include "lib/chance.h"
#include "lib/clock.h"
#include "lib/loop.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/session.h"
#include "testsuite/fuzz/readdress.h"

#define START		(INT64_C(1426252387) * NSEC_SEC)
#define FILE_MAX	(1u << 20)
#define FRAMES_MAX	400u
#define LASTS		(60 * NSEC_SEC)		/* of lab time, each play */
#ifndef PLAYS
#define PLAYS		120u		/* of each capture and way of spoiling */
#endif
#define FOREIGN_PLAYS	20u		/* of each capture that is an argument, spoiled */

/* What is played, and into which router of an example. */
struct tape {
	const char	*file, *config, *before;	/* before: lines that go before the configuration */
	uint8_t		*bytes;
	size_t		 n;
	unsigned	 number;	/* of the router in its lab: its address on the wire */
	char		*text;		/* of the configuration */
};

/* Who answers draws a cookie of its own: what the tape has of its first answerer must be made that. */
struct cookies { struct { uint8_t initiator[8], responder[8]; } pair[8]; size_t n; };

struct rig {
	const struct tape	*tape;
	struct cookies		*learned;	/* NULL = nobody asks */
	struct wires		*wires;
	struct router		*router;
	size_t			 sent;
};

/* The ISAKMP header of a frame; NULL: it has none. */
static uint8_t *
ike_of(uint8_t *f, size_t n)
{
	size_t udp = 14 + (n > 14 ? (f[14] & 15u) * 4 : 0);

	if (n < udp + 8 + 28 || f[12] != 8 || f[13] != 0 || f[23] != 17 || f[udp + 2] != 500 >> 8 || f[udp + 3] != (500 & 255))
		return NULL;
	return f + udp + 8;
}

static void
learn(struct cookies *c, const uint8_t *frame, size_t n)
{
	uint8_t *copy = xmemdup(frame, n), *ike = ike_of(copy, n);
	bool known = ike == NULL || memcmp(ike + 8, (uint8_t[8]){ 0 }, 8) == 0 || c->n == 8;

	for (size_t i = 0; !known && i < c->n; i++)
		known = memcmp(c->pair[i].initiator, ike, 8) == 0;
	if (!known) {
		memcpy(c->pair[c->n].initiator, ike, 8);
		memcpy(c->pair[c->n++].responder, ike + 8, 8);
	}
	free(copy);
}

static void
rig_tx(void *arg, struct router *r, const char *ifname, const uint8_t *frame, size_t len)
{
	struct rig *g = arg;

	g->sent++;
	if (g->learned != NULL)
		learn(g->learned, frame, len);
	wires_tx(g->wires, r, ifname, frame, len);
}

static bool
rig_carrier(void *arg, struct router *r, const char *ifname)
{
	const struct rig *g = arg;

	return wires_carrier(g->wires, r, ifname);
}

static void
rig_load(void *arg, struct router *r, const char *text)
{
	(void)arg;
	session_load(NULL, r, text, NULL, NULL);
}

static char *
rig_nvram(void *arg, struct router *r)
{
	const struct rig *g = arg;

	(void)r;
	return xstrdup(g->tape->text);
}

static const struct router_ops ops = { .tx = rig_tx, .carrier = rig_carrier, .load_config = rig_load, .nvram_load = rig_nvram };

struct outcome { uint64_t in, out, bad, up, asked; size_t sent, refused; bool played; };

/* One capture into one router, for a minute of its time. */
static struct outcome
play_learning(const struct tape *t, const uint8_t *p, size_t n, struct cookies *learned)
{
	struct rig g = { .tape = t, .learned = learned };
	struct clock *clock = clock_new_virtual(START);
	struct loop *loop = loop_new(clock);
	struct chance *chance = chance_new_seeded(1);
	struct router_env env = { .name = "R", .clock = clock, .chance = chance_new_child(chance, "R"), .ops = &ops, .arg = &g,
	    .dialect = IKE_IOS_15, .number = t->number };
	struct outcome o = { 0 };
	int fd = memfd_create("tape", MFD_CLOEXEC);
	char spec[64], *why = NULL;
	uint64_t deleted;

	if (fd < 0 || write(fd, p, n) != (ssize_t)n)
		fatal("no memory file");
	snprintf(spec, sizeof(spec), "Gi0/0=pcapfile:/proc/self/fd/%d", fd);
	g.router = router_new(&env);
	g.wires = wires_new(loop);
	o.played = wires_plug(g.wires, g.router, spec, &why);
	router_power_on(g.router);
	if (o.played && !wires_start(g.wires, &why))
		fatal("%s", why);
	while (clock_step(clock, START + LASTS))
		;
	o = (struct outcome){ ike_count(g.router->ike, IKEC_IN), ike_count(g.router->ike, IKEC_OUT), ike_count(g.router->ike, IKEC_PAYLOAD_LEN),
	    ike_count(g.router->ike, IKEC_P1_UP), ike_count(g.router->ike, IKEC_P1_ASKED), g.sent, refusals_count(g.router, &deleted), o.played };
	wires_free(g.wires);
	g.wires = NULL;
	router_free(g.router);
	loop_free(loop);
	chance_free(chance);
	clock_free(clock);
	close(fd);
	free(why);
	return o;
}

static struct outcome
play(const struct tape *t, const uint8_t *p, size_t n)
{
	return play_learning(t, p, n, NULL);
}

/* The tape's messages get the cookies that this router has answered with; checksums are taken away. */
static void
adopt(struct tape *t, const struct cookies *c)
{
	for (size_t at = 0; at + 64 < t->n; at++)
		for (size_t i = 0; i < c->n; i++)
			if (memcmp(t->bytes + at, c->pair[i].initiator, 8) == 0 && memcmp(t->bytes + at + 8, (uint8_t[8]){ 0 }, 8) != 0) {
				memcpy(t->bytes + at + 8, c->pair[i].responder, 8);
				t->bytes[at - 2] = t->bytes[at - 1] = 0;
			}
}

/* --- spoiling --- */

static uint32_t
next(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*state >> 33);
}

static void
flip(uint8_t *p, size_t n, uint64_t *state)
{
	for (unsigned k = next(state) % 8 + 1; n > 0 && k > 0; k--)
		p[next(state) % n] ^= (uint8_t)(1 << next(state) % 8);
}

/* Changes what UDP carries, takes the checksum away (RFC 768: then it is not looked at). */
static void
spoil_payload(uint8_t *f, size_t n, uint64_t *state)
{
	size_t udp = 14 + (n > 14 ? (f[14] & 15u) * 4 : 0);

	if (n < udp + 8 || f[12] != 8 || f[13] != 0 || f[23] != 17)
		return;
	f[udp + 6] = f[udp + 7] = 0;
	if (next(state) % 3 == 0)
		flip(f + udp + 8, n - udp - 8 < 28 ? n - udp - 8 : 28, state);
	else
		flip(f + udp + 8, n - udp - 8, state);
}

struct mix { struct text out; uint64_t state; int64_t at; size_t n; };

/* Some of a tape's frames, spoiled now and then, a little later each. */
static void
frames_of(struct mix *m, const struct tape *t, unsigned of_ten, bool spoil)
{
	struct capfile_frame fr;
	char *why = NULL;
	struct capfile *f = capfile_open_bytes(t->bytes, t->n, t->file, &why);
	uint8_t *copy;

	if (f == NULL)
		fatal("%s", why);
	while (capfile_next(f, &fr) == CAPFILE_FRAME && m->n < FRAMES_MAX) {
		if (fr.dir == CAPFILE_DIR_OUT || next(&m->state) % 10 >= of_ten)
			continue;
		copy = xmemdup(fr.data, fr.len);
		if (spoil && next(&m->state) % 3 == 0)
			spoil_payload(copy, fr.len, &m->state);
		m->at += next(&m->state) % 4 == 0 ? NSEC_SEC : NSEC_MS;
		pcapng_packet(&m->out, &(struct pcapng_packet){ 0, m->at, copy, fr.len, fr.len, false });
		m->n++;
		free(copy);
	}
	capfile_close(f);
}

static void
mix_begin(struct mix *m, uint64_t seed)
{
	*m = (struct mix){ .state = seed, .at = START };
	pcapng_section(&m->out);
	pcapng_interface(&m->out, "x", PCAPNG_ETHER, 0);
}

static void
cut(const struct tape *t, uint64_t seed)
{
	uint64_t state = seed;

	play(t, t->bytes, next(&state) % (t->n + 1));
}

static void
turned(const struct tape *t, uint64_t seed)
{
	uint8_t *copy = xmemdup(t->bytes, t->n);

	flip(copy, t->n, &(uint64_t){ seed });
	play(t, copy, t->n);
	free(copy);
}

static void
spoiled(const struct tape *t, uint64_t seed)
{
	struct mix m;

	mix_begin(&m, seed);
	frames_of(&m, t, 10, true);
	play(t, (const uint8_t *)text_str(&m.out), m.out.len);
	text_free(&m.out);
}

static void
spliced(const struct tape *t, const struct tape *other, uint64_t seed)
{
	struct mix m;

	mix_begin(&m, seed);
	for (int k = 0; k < 3; k++) {
		frames_of(&m, t, 6, k > 0);
		frames_of(&m, other, 4, true);
	}
	play(t, (const uint8_t *)text_str(&m.out), m.out.len);
	text_free(&m.out);
}

/* --- tapes --- */

static uint8_t *
path_read(const char *path, size_t *n)
{
	uint8_t *p = xcalloc(1, FILE_MAX);
	FILE *f = fopen(path, "rb");

	if (f == NULL)
		fatal("%s cannot be read", path);
	*n = fread(p, 1, FILE_MAX - 1, f);
	fclose(f);
	return p;
}

static uint8_t *
file_read(const char *dir, const char *name, size_t *n)
{
	const char *src = getenv("srcdir");
	char *path = xasprintf("%s/%s/%s", src != NULL ? src : ".", dir, name);
	uint8_t *p = path_read(path, n);

	free(path);
	return p;
}

/* The example's configuration, and the capture with cookies that its router gives. */
static void
tape_ready(struct tape *t)
{
	struct outcome o;
	struct cookies learned;
	char *text;
	size_t n;

	t->bytes = file_read("testsuite/captures", t->file, &t->n);
	text = (char *)file_read("examples", t->config, &n);
	t->text = xasprintf("%s%s", t->before, text);
	free(text);
	for (int k = 0; k < 3; k++) {	/* a later SA's cookie depends on what came before */
		learned = (struct cookies){ .n = 0 };
		o = play_learning(t, t->bytes, t->n, &learned);
		adopt(t, &learned);
	}
	if (!o.played || o.in < 3 || o.out < 2 || o.asked < 1 || o.up != 0 || o.refused < 1)
		fatal("%s: %llu messages in, %llu out, %llu begun by the peer, %llu up, %zu refused", t->file, (unsigned long long)o.in,
		    (unsigned long long)o.out, (unsigned long long)o.asked, (unsigned long long)o.up, o.refused);
	printf("%s: %llu messages in, %llu out, %zu kinds refused\n", t->file, (unsigned long long)o.in, (unsigned long long)o.out, o.refused);
}

/* The headers of the tape's first frame to the router that carries IKE. */
static void
model_of(const struct tape *t, uint8_t *model)
{
	struct capfile_frame fr;
	char *why = NULL;
	struct capfile *f = capfile_open_bytes(t->bytes, t->n, t->file, &why);
	bool is = false;

	if (f == NULL)
		fatal("%s", why);
	while (!is && capfile_next(f, &fr) == CAPFILE_FRAME) {
		is = fr.dir == CAPFILE_DIR_IN && fr.len > READDRESS_MODEL && fr.data[23] == 17;
		if (is)
			memcpy(model, fr.data, READDRESS_MODEL);
	}
	if (!is)
		fatal("%s: no frame to the router", t->file);
	capfile_close(f);
}

struct foreign { size_t files, ike, esp; uint64_t in; };

/* One capture of others into one router: as it is, then sent to it, then so and spoiled. */
static void
play_foreign(const struct tape *t, const char *path, struct foreign *sum)
{
	uint8_t model[READDRESS_MODEL], *bytes;
	struct text out = { 0 };
	struct readdressed r;
	struct tape to = *t;
	struct mix m;
	size_t n;

	model_of(t, model);
	bytes = path_read(path, &n);
	play(t, bytes, n);
	r = readdress(&out, bytes, n, path, model, START);
	sum->ike += r.ike;
	sum->esp += r.esp;
	if (r.ike + r.esp > 0) {
		sum->in += play(t, (const uint8_t *)text_str(&out), out.len).in;
		to.bytes = (uint8_t *)xmemdup(text_str(&out), out.len);
		to.n = out.len;
		for (uint64_t seed = 1; seed <= FOREIGN_PLAYS; seed++) {
			mix_begin(&m, seed);
			frames_of(&m, t, 6, false);
			frames_of(&m, &to, 10, true);
			play(t, (const uint8_t *)text_str(&m.out), m.out.len);
			text_free(&m.out);
		}
		free(to.bytes);
	}
	text_free(&out);
	free(bytes);
}

static int
play_named(const struct tape *tapes, size_t n, char **paths)
{
	struct foreign sum = { 0 };

	for (; *paths != NULL; paths++, sum.files++)
		for (size_t i = 0; i < n; i++)
			play_foreign(&tapes[i], *paths, &sum);
	printf("%zu captures into %zu routers: %zu messages on IKE's ports, %llu read as IKE; %zu packets of IPsec\n", sum.files, n, sum.ike,
	    (unsigned long long)sum.in, sum.esp);
	return sum.in > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
	struct tape tapes[] = { { .file = "main-mode.pcapng", .config = "invalid-spi/router1.cfg",
	    .before = "crypto ipsec profile VTI\n responder-only\n!\n" },
	    { .file = "aggressive-mode.pcapng", .config = "ezvpn/server.cfg", .before = "", .number = 1 } };
	int status = EXIT_SUCCESS;

	for (size_t i = 0; i < 2; i++)
		tape_ready(&tapes[i]);
	if (argc > 1)
		status = play_named(tapes, 2, argv + 1);
	for (uint64_t seed = 1; argc == 1 && seed <= PLAYS; seed++)
		for (size_t i = 0; i < 2; i++) {
			cut(&tapes[i], seed);
			turned(&tapes[i], seed);
			spoiled(&tapes[i], seed);
			spliced(&tapes[i], &tapes[1 - i], seed);
		}
	for (size_t i = 0; i < 2; i++) {
		free(tapes[i].bytes);
		free(tapes[i].text);
	}
	return status;
}
