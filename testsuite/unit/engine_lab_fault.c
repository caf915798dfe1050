/* Fault rules: which frames they choose, and how IKE messages are numbered. */

#include "testsuite/unit/engine_lab_test.h"

#include <string.h>

#include "lib/buf.h"

#define PIPE \
	"topology:\n" \
	"  nodes:\n" \
	"    S1: {labels: {inspire-kind: switch}}\n" \
	"    S2: {labels: {inspire-kind: switch}}\n" \
	"    S3: {labels: {inspire-kind: switch}}\n" \
	"  links:\n" \
	"    - endpoints: [\"S1:a\", \"S2:a\"]\n" \
	"    - endpoints: [\"S2:b\", \"S3:a\"]\n"

#define MAIN	2
#define INFO	5
#define QUICK	32

struct pipe { struct lab *lab; struct link_end *a, *b, *out; };

static struct pipe
make(void)
{
	struct lab *lab = t_lab(PIPE, 1);

	return (struct pipe){ lab, t_end(lab, "S1:a"), t_end(lab, "S2:a"), t_end(lab, "S2:b") };
}

static void
headers(struct wr *w, uint8_t proto, size_t payload)
{
	static const uint8_t macs[12] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1 };

	wr_bytes(w, macs, 12);
	wr_u16(w, 0x0800);
	wr_u16(w, 0x4500);
	wr_u16(w, (uint16_t)(20 + payload));
	wr_u32(w, 0);
	wr_u8(w, 64);
	wr_u8(w, proto);
	wr_u16(w, 0);
	wr_u32(w, 0x0a000001);
	wr_u32(w, 0x0a000002);
}

static void
esp(struct link_end *e, uint32_t spi)
{
	uint8_t frame[100];
	struct wr w;

	wr_init(&w, frame, sizeof(frame));
	headers(&w, 50, 16);
	wr_u32(&w, spi);
	wr_zero(&w, 12);
	link_send(e, frame, wr_len(&w));
}

/* A message of an exchange; body tells messages apart. */
static void
ike(struct link_end *e, uint16_t port, uint8_t exchange, uint32_t id, uint8_t body)
{
	size_t marker = port == 4500 ? 4 : 0;
	uint8_t frame[200];
	struct wr w;

	wr_init(&w, frame, sizeof(frame));
	headers(&w, 17, 8 + marker + 29);
	wr_u16(&w, port);
	wr_u16(&w, port);
	wr_u16(&w, (uint16_t)(8 + marker + 29));
	wr_u16(&w, 0);
	wr_zero(&w, marker);
	wr_u64(&w, 0x1122334455667788);
	wr_u64(&w, body > 1 ? 42 : 0);
	wr_u8(&w, 1);
	wr_u8(&w, 0x10);
	wr_u8(&w, exchange);
	wr_u8(&w, 0);
	wr_u32(&w, id);
	wr_u32(&w, 29);
	wr_u8(&w, body);
	link_send(e, frame, wr_len(&w));
}

static void
rule(struct pipe *p, struct fault_rule f)
{
	char *why = NULL;

	ck_assert_msg(lab_fault_add(p->lab, "S1:a", &f, &why), "%s", why);
}

static uint64_t
arrived(struct pipe *p)
{
	uint64_t before = p->out->frames;

	t_run(p->lab, NSEC_SEC);
	return p->out->frames - before;
}

START_TEST(esp_by_spi)
{
	struct pipe p = make();
	char *why;

	rule(&p, (struct fault_rule){ .what = FAULT_ESP, .exchange = -1, .spi_set = true, .spi = 0x1000 });
	esp(p.a, 0x1000);
	esp(p.a, 0x1001);
	ike(p.a, 500, MAIN, 0, 1);
	ck_assert_uint_eq(arrived(&p), 2);
	ck_assert_uint_eq(p.a->faulted, 1);
	ck_assert(lab_fault_clear(p.lab, "S1:a", &why));
	esp(p.a, 0x1000);
	ck_assert_uint_eq(arrived(&p), 1);
	lab_free(p.lab);
}
END_TEST

START_TEST(skip_and_count)
{
	struct pipe p = make();

	rule(&p, (struct fault_rule){ .what = FAULT_ESP, .exchange = -1, .skip = 2, .count = 3 });
	for (uint32_t i = 0; i < 10; i++)
		esp(p.a, 0x1000 + i);
	ck_assert_uint_eq(arrived(&p), 7);
	lab_free(p.lab);
}
END_TEST

START_TEST(duplicate_and_delay)
{
	struct pipe p = make();

	rule(&p, (struct fault_rule){ .action = FAULT_DUPLICATE, .what = FAULT_ANY, .exchange = -1, .count = 1 });
	rule(&p, (struct fault_rule){ .action = FAULT_DELAY, .delay_ns = 2 * NSEC_SEC, .what = FAULT_ANY, .exchange = -1, .count = 1 });
	esp(p.a, 1);
	esp(p.a, 2);	/* late */
	esp(p.a, 3);
	ck_assert_uint_eq(arrived(&p), 3);
	t_run(p.lab, NSEC_SEC - 1);
	ck_assert_uint_eq(arrived(&p), 1);
	lab_free(p.lab);
}
END_TEST

/* Quick mode: 1 and 3 leave here, 2 comes back; a retransmission of 1 is still 1. */
START_TEST(quick_message_three)
{
	struct pipe p = make();

	rule(&p, (struct fault_rule){ .what = FAULT_IKE, .exchange = QUICK, .message = 3, .count = 1 });
	ike(p.a, 500, QUICK, 7, 1);
	ike(p.a, 500, QUICK, 7, 1);
	ike(p.b, 500, QUICK, 7, 2);
	ike(p.b, 500, QUICK, 7, 2);
	ck_assert_uint_eq(arrived(&p), 2);
	ike(p.a, 500, QUICK, 7, 3);
	ck_assert_uint_eq(arrived(&p), 0);
	ike(p.a, 500, QUICK, 7, 3);	/* again: still 3, but one was enough */
	ck_assert_uint_eq(arrived(&p), 1);
	lab_free(p.lab);
}
END_TEST

START_TEST(exchanges_apart)
{
	struct pipe p = make();

	rule(&p, (struct fault_rule){ .what = FAULT_IKE, .exchange = MAIN, .message = 5 });
	rule(&p, (struct fault_rule){ .what = FAULT_IKE, .exchange = INFO });
	for (uint8_t i = 1; i <= 6; i++)
		ike(i % 2 ? p.a : p.b, 500, MAIN, 0, i);
	ck_assert_uint_eq(arrived(&p), 2);	/* 1, 3 */
	ike(p.a, 500, INFO, 9, 1);
	ike(p.a, 4500, INFO, 10, 1);		/* behind the marker */
	ck_assert_uint_eq(arrived(&p), 0);
	ike(p.a, 4500, QUICK, 10, 1);
	ck_assert_uint_eq(arrived(&p), 1);
	lab_free(p.lab);
}
END_TEST

/* A rule for everything also takes what is no IP; cut frames are nothing in particular. */
START_TEST(odd_frames)
{
	struct pipe p = make();
	uint8_t frame[100] = {0};
	struct wr w;

	rule(&p, (struct fault_rule){ .what = FAULT_IKE, .exchange = -1 });
	rule(&p, (struct fault_rule){ .what = FAULT_ESP, .exchange = -1 });
	wr_init(&w, frame, sizeof(frame));
	headers(&w, 50, 16);
	for (size_t n = 14; n < 38; n++)
		link_send(p.a, frame, n);
	ck_assert_uint_eq(arrived(&p), 24);
	frame[20] = 0x20;			/* a later fragment has no SPI */
	frame[21] = 0x01;
	link_send(p.a, frame, 50);
	ck_assert_uint_eq(arrived(&p), 1);
	lab_free(p.lab);
}
END_TEST

void
lab_fault_tests(TCase *tc)
{
	tcase_add_test(tc, esp_by_spi);
	tcase_add_test(tc, skip_and_count);
	tcase_add_test(tc, duplicate_and_delay);
	tcase_add_test(tc, quick_message_three);
	tcase_add_test(tc, exchanges_apart);
	tcase_add_test(tc, odd_frames);
}
