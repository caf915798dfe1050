/* Messages of links: each form there and back, cut at every byte, with lengths off by one; and over a pair of sockets. */

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shell/rlink.h"
#include "testsuite/unit/shell_test.h"

static struct rlink_msg
sample(enum rlink_type t)
{
	static const char *const words[RLINK_STRINGS] = { "admin", "two\nlines", "", "vt100", "a,b", "c", "d" };
	struct rlink_msg m = { .type = t };

	for (unsigned i = 0; i < rlink_numbers(t); i++)
		m.number[i] = 0x01020304u * (i + 1);
	for (unsigned i = 0; i < rlink_strings(t); i++)
		m.string[i] = rlink_text(words[i]);
	return m;
}

static void
same(const struct rlink_msg *a, const struct rlink_msg *b)
{
	ck_assert_uint_eq(a->type, b->type);
	for (unsigned i = 0; i < RLINK_NUMBERS; i++)
		ck_assert_uint_eq(a->number[i], b->number[i]);
	for (unsigned i = 0; i < RLINK_STRINGS; i++) {
		ck_assert_uint_eq(a->string[i].n, b->string[i].n);
		ck_assert(a->string[i].n == 0 || memcmp(a->string[i].p, b->string[i].p, a->string[i].n) == 0);
	}
}

START_TEST(there_and_back)
{
	struct rlink_msg m = sample((enum rlink_type)_i), back;
	uint8_t b[RLINK_MAX];
	size_t n = rlink_encode(&m, b);

	ck_assert_uint_gt(n, 0);
	ck_assert(rlink_decode(b, n, &back));
	same(&m, &back);
	for (size_t cut = 0; cut < n; cut++)
		ck_assert(!rlink_decode(b, cut, &back));
	b[n] = 0;
	ck_assert(!rlink_decode(b, n + 1, &back));
	for (int by = -1; by <= 1; by += 2) {
		b[3] = (uint8_t)(b[3] + by);
		ck_assert(!rlink_decode(b, n, &back));
		b[3] = (uint8_t)(b[3] - by);
	}
	b[1] = 1;
	ck_assert(!rlink_decode(b, n, &back));
}
END_TEST

/* The first string's length says one more or one less than there is. */
START_TEST(string_lengths)
{
	struct rlink_msg m = sample((enum rlink_type)_i), back;
	uint8_t b[RLINK_MAX];
	size_t n = rlink_encode(&m, b), at = 4 + 4 * rlink_numbers(m.type) + 1;

	if (rlink_strings(m.type) == 0)
		return;
	b[at]++;
	ck_assert(!rlink_decode(b, n, &back));
	b[at] = (uint8_t)(b[at] - 2);
	ck_assert(!rlink_decode(b, n, &back));
}
END_TEST

START_TEST(no_message)
{
	static const uint8_t none[] = { 0, 0, 0, 0 }, beyond[] = { RLINK_TYPES, 0, 0, 0 };
	char longer[RLINK_COMMAND_MAX + 2];
	struct rlink_msg m = sample(RLINK_START), back;
	uint8_t b[RLINK_MAX];

	ck_assert(!rlink_decode(none, sizeof(none), &back) && !rlink_decode(beyond, sizeof(beyond), &back));
	memset(longer, 'x', sizeof(longer));
	m.string[1] = (struct rlink_string){ longer, RLINK_COMMAND_MAX };
	ck_assert_uint_gt(rlink_encode(&m, b), RLINK_COMMAND_MAX);
	m.string[1].n++;
	ck_assert_uint_eq(rlink_encode(&m, b), 0);
}
END_TEST

/* Text is text; a terminal's bytes may be any. */
START_TEST(control_characters)
{
	struct rlink_msg m = { .type = RLINK_ASK, .string = { { "a\0b", 3 } } }, back;
	uint8_t b[RLINK_MAX];

	ck_assert(!rlink_decode(b, rlink_encode(&m, b), &back));
	m.string[0] = (struct rlink_string){ "a\x1b[2J", 5 };
	ck_assert(!rlink_decode(b, rlink_encode(&m, b), &back));
	m.type = RLINK_DATA;
	ck_assert(rlink_decode(b, rlink_encode(&m, b), &back));
}
END_TEST

START_TEST(on_sockets)
{
	struct rlink_msg m = sample(RLINK_START), back;
	uint8_t b[RLINK_MAX];
	int fd[2], along, pipe_fd[2];

	ck_assert(rlink_pair(fd, true) && pipe(pipe_fd) == 0);
	ck_assert_int_eq(rlink_recv(fd[1], b, &back, &along), RLINK_FULL);
	ck_assert_int_eq(rlink_send(fd[0], &m, pipe_fd[1]), RLINK_OK);
	ck_assert_int_eq(rlink_recv(fd[1], b, &back, &along), RLINK_OK);
	same(&m, &back);
	ck_assert(along >= 0 && write(along, "x", 1) == 1 && read(pipe_fd[0], b, 1) == 1);
	close(along);
	ck_assert_int_eq((int)write(fd[0], "rubbish", 7), 7);
	ck_assert_int_eq(rlink_recv(fd[1], b, &back, &along), RLINK_BAD);
	while (rlink_send(fd[0], &m, -1) == RLINK_OK)
		;
	ck_assert_int_eq(rlink_send(fd[0], &m, -1), RLINK_FULL);
	close(fd[1]);
	ck_assert_int_eq(rlink_send(fd[0], &m, -1), RLINK_GONE);
	ck_assert_int_eq(rlink_recv(fd[0], b, &back, &along), RLINK_GONE);
	close(fd[0]);
	close(pipe_fd[0]);
	close(pipe_fd[1]);
}
END_TEST

/* One descriptor comes with a message; of two none may stay behind. */
START_TEST(no_descriptor_stays)
{
	union { struct cmsghdr align; char bytes[CMSG_SPACE(2 * sizeof(int))]; } a;
	struct rlink_msg m = sample(RLINK_OPEN), back;
	uint8_t b[RLINK_MAX], wire[RLINK_MAX];
	struct iovec v = { wire, rlink_encode(&m, wire) };
	struct msghdr h = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = a.bytes, .msg_controllen = sizeof(a.bytes) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&h);
	int fd[2], along, before, after, two[2] = { 0, 0 };

	memset(&a, 0, sizeof(a));
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(two));
	memcpy(CMSG_DATA(c), two, sizeof(two));
	ck_assert(rlink_pair(fd, true));
	ck_assert((before = dup(0)) >= 0 && close(before) == 0);
	ck_assert_int_eq((int)sendmsg(fd[0], &h, 0), (int)v.iov_len);
	ck_assert_int_eq(rlink_recv(fd[1], b, &back, &along), RLINK_BAD);
	ck_assert_int_eq(along, -1);
	ck_assert((after = dup(0)) >= 0 && close(after) == 0);
	ck_assert_int_eq(before, after);
	close(fd[0]);
	close(fd[1]);
}
END_TEST

void
shell_rlink_tests(TCase *tc)
{
	tcase_add_loop_test(tc, there_and_back, RLINK_LISTEN, RLINK_TYPES);
	tcase_add_loop_test(tc, string_lengths, RLINK_LISTEN, RLINK_TYPES);
	tcase_add_test(tc, no_message);
	tcase_add_test(tc, control_characters);
	tcase_add_test(tc, on_sockets);
	tcase_add_test(tc, no_descriptor_stays);
}
