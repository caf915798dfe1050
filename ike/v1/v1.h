#ifndef INSPIRE_IKE_V1_H
#define INSPIRE_IKE_V1_H

/* What the files of ike/v1/ give each other and ike/. */

#include "ike/impl.h"

/* exchange.c: messages in and out */
void		 v1_input(struct ike *i, const struct ike_path *path, struct msg *m);
bool		 v1_decrypt(struct sa *sa, struct msg *m, const uint8_t *iv);
/* Finishes, sends and keeps for retransmission; encrypts when iv is given (and moves it on). */
bool		 v1_send(struct sa *sa, struct retry *keep, struct out *o, uint8_t *iv);
/* Opens a protected message with room for its HASH; v1_seal() fills HASH in and sends. */
void		 v1_open(struct sa *sa, struct out *o, uint8_t exchange, uint32_t msgid, size_t *hash_at);
bool		 v1_seal(struct sa *sa, struct retry *keep, struct out *o, uint8_t *iv, uint32_t msgid, struct iov first, size_t hash_at);
void		 v1_iv2(const struct sa *sa, uint32_t msgid, uint8_t iv[16]);
enum act	 v1_refuse(struct sa *sa, enum ike_counter why);
void		 v1_digest(const uint8_t *p, size_t n, uint8_t out[32]);
bool		 v1_nonce(const struct payload *pl, uint8_t *out, size_t *n);
void		 v1_life_vpi(const struct attr *a, char *out, size_t n);

/* main_mode.c */
enum mm_why { MM_REQUEST, MM_INV_SPI, MM_REKEY };
struct sa	*mm_initiate(struct ike *i, const struct ike_path *path, const char *profile, const struct ike_child_request *rq, enum mm_why why);
void		 mm_respond(struct ike *i, const struct ike_path *path, struct msg *m);
enum act	 mm_send1(struct sa *, struct node *, struct msg *);
enum act	 mm_recv1(struct sa *, struct node *, struct msg *);
enum act	 mm_send2(struct sa *, struct node *, struct msg *);
enum act	 mm_recv2(struct sa *, struct node *, struct msg *);
enum act	 mm_send3(struct sa *, struct node *, struct msg *);
enum act	 mm_recv3(struct sa *, struct node *, struct msg *);
enum act	 mm_send4(struct sa *, struct node *, struct msg *);
enum act	 mm_recv4(struct sa *, struct node *, struct msg *);
enum act	 mm_send5(struct sa *, struct node *, struct msg *);
enum act	 mm_recv5(struct sa *, struct node *, struct msg *);
enum act	 mm_send6(struct sa *, struct node *, struct msg *);
enum act	 mm_recv6(struct sa *, struct node *, struct msg *);
enum act	 mm_up(struct sa *, struct node *, struct msg *);
bool		 mm_find_key(struct sa *sa);

/* policy.c: phase 1 offers */
enum offer_result { OFFER_OK, OFFER_NONE, OFFER_BAD };
enum offer_result p1_judge(struct sa *sa, const struct payload *pl);	/* responder */
enum offer_result p1_check_answer(struct sa *sa, const struct payload *pl);	/* initiator */

/* vendor.c */
void		 vids_read(struct sa *sa, const struct msg *m);
void		 natd_write(struct sa *sa, struct out *o);
void		 natd_read(struct sa *sa, const struct msg *m);

/* quick_mode.c, proposal.c */
void		 qm_initiate(struct sa *sa, const struct ike_child_request *rq);
void		 qm_input(struct sa *sa, struct msg *m);
void		 qm_begin_waiting(struct sa *sa);	/* the requests that waited for phase 1 or for the peer */
void		 qm_lapsed(struct sa *sa, struct node *n);	/* responder: the third message won't come */
bool		 v1_msgid_seen(struct sa *sa, uint32_t msgid);	/* and notes it */
enum act	 qm_send1(struct sa *, struct node *, struct msg *);
enum act	 qm_recv1(struct sa *, struct node *, struct msg *);
enum act	 qm_recv2(struct sa *, struct node *, struct msg *);
enum act	 qm_install_i(struct sa *, struct node *, struct msg *);
enum act	 qm_install_r(struct sa *, struct node *, struct msg *);
enum act	 qm_recv3(struct sa *, struct node *, struct msg *);
enum offer_result p2_judge(struct sa *sa, struct node *n, const struct payload *pl, uint16_t *notify, struct proposal *first);
enum offer_result p2_check_answer(struct sa *sa, struct node *n, const struct payload *pl);

/* info.c */
void		 info_input(struct sa *sa, struct msg *m);
void		 info_clear_input(struct ike *i, struct sa *sa, const struct ike_path *path, struct msg *m);
bool		 info_notify(struct sa *sa, uint8_t proto, uint16_t type, const void *spi, size_t spi_len, const void *data, size_t n, const char *also, uint32_t also_value);
void		 info_notify_clear(struct sa *sa, uint16_t type);
void		 info_send_delete_sa(struct sa *sa);
void		 info_send_delete_spi(struct sa *sa, uint8_t proto, const uint32_t *spis, size_t n);
void		 info_send_bad_spi(struct sa *sa, uint8_t proto, uint32_t spi);
void		 notify_read(struct sa *sa, struct msg *m, const struct notify *n, bool phase1);

/* dpd.c */
void		 dpd_start(struct sa *sa);
void		 dpd_due(void *sa);
void		 dpd_ask(struct sa *sa);
void		 dpd_heard(struct sa *sa);
void		 dpd_asked(struct sa *sa, const struct notify *n);
void		 dpd_answered(struct sa *sa, const struct notify *n);

#endif
