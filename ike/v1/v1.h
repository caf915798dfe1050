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

/* phase1.c: what the two modes share */
enum mm_why { MM_REQUEST, MM_INV_SPI, MM_REKEY, MM_BEGIN };
struct sa	*p1_initiate(struct ike *i, const struct ike_path *path, const char *profile, const struct ike_child_request *rq, enum mm_why why);
void		 p1_respond(struct ike *i, const struct ike_path *path, struct msg *m);
const char	*p1_mode(const struct sa *sa);		/* "Main", "Aggressive" */
bool		 p1_find_key(struct sa *sa);
bool		 p1_key_found(struct sa *sa);		/* says it */
void		 p1_say_key(struct sa *sa);
enum ike_auth_method p1_xauth_method(const struct sa *sa);
void		 p1_natt_vids(struct out *o);
void		 p1_natt_choice(struct sa *sa, struct out *o);
void		 p1_role_vids(const struct sa *sa, struct out *o, bool unity);
enum act	 p1_offer_read(struct sa *sa, const struct payload *pl);
bool		 p1_choice_write(struct sa *sa, struct out *o);
bool		 p1_choice_read(struct sa *sa, const struct payload *pl);
void		 p1_frag_vid(struct sa *sa, struct out *o);
void		 p1_ke_write(struct sa *sa, struct out *o);
enum act	 p1_ke_read(struct sa *sa, struct msg *m);
bool		 p1_keys_make(struct sa *sa);
void		 p1_first_iv(const struct sa *sa, uint8_t iv[16]);
enum act	 p1_vids_and_nat(struct sa *sa, struct msg *m);
void		 p1_auth_hash(struct sa *sa, bool of_initiator, uint8_t out[HASH_MAX]);
void		 p1_id_write(struct sa *sa, struct out *o, uint8_t next);
enum act	 p1_id_read(struct sa *sa, const struct payload *id, uint8_t next);
bool		 p1_identity_fits(struct sa *sa);
bool		 p1_proof_write(struct sa *sa, struct out *o);
enum act	 p1_proof_read(struct sa *sa, const struct msg *m);
bool		 p1_first_contact(struct sa *sa);
void		 p1_contact_write(struct sa *sa, struct out *o);
void		 p1_authenticated(struct sa *sa, struct msg *m);
void		 p1_forget_old(struct sa *sa);
void		 p1_up(struct sa *sa);
enum act	 p1_ready(struct sa *, struct node *, struct msg *);

/* signature.c */
bool		 sig_agreed(const struct sa *sa);	/* the peer proves itself by a signature, and so do we */
void		 sig_requests_write(struct sa *sa, struct out *o);
void		 sig_requests_read(struct sa *sa, const struct msg *m);
void		 sig_certs_write(struct sa *sa, struct out *o);
bool		 sig_write(struct sa *sa, struct out *o);
enum act	 sig_read(struct sa *sa, const struct msg *m);
void		 sig_forget(struct sa *sa);

/* frag.c */
void		 frag_input(struct sa *sa, const struct ike_path *path, struct msg *m);
bool		 frag_needed(const struct sa *sa, size_t n);
void		 frag_send(struct sa *sa, const uint8_t *p, size_t n);
void		 frag_forget(struct sa *sa);

/* aggressive.c */
bool		 am_prepare(struct sa *sa);	/* the first message, kept in sa->retry */
enum act	 am_send1(struct sa *, struct node *, struct msg *);
enum act	 am_recv1(struct sa *, struct node *, struct msg *);
enum act	 am_send2(struct sa *, struct node *, struct msg *);
enum act	 am_recv2(struct sa *, struct node *, struct msg *);
enum act	 am_recv3(struct sa *, struct node *, struct msg *);

/* transaction.c: what carries XAUTH and mode configuration */
enum ike_event	 cfg_step(const struct sa *sa);		/* what is to be done between phase 1 and Quick Mode */
void		 cfg_input(struct sa *sa, struct msg *m);
struct node	*cfg_begin(struct sa *sa);		/* a new exchange of ours */
/* Opens a message with its attribute payload; cfg_send() closes, seals and sends it, and again by timer if resend. */
void		 cfg_open(struct sa *sa, struct node *n, struct out *o, unsigned type, uint16_t id, size_t *hash_at);
bool		 cfg_send(struct sa *sa, struct node *n, struct out *o, size_t hash_at, bool resend);
void		 cfg_wait(struct sa *sa);		/* for the peer or a user, so long and no longer */
void		 cfg_late(void *sa);
void		 cfg_lapsed(struct sa *sa, struct node *n);

/* xauth.c */
enum act	 xauth_begin(struct sa *, struct node *, struct msg *);
enum act	 xauth_await(struct sa *, struct node *, struct msg *);
enum act	 xauth_replied(struct sa *, struct node *, struct msg *);
enum act	 xauth_tell(struct sa *, struct node *, struct msg *);
enum act	 xauth_acked(struct sa *, struct node *, struct msg *);
enum act	 xauth_asked(struct sa *, struct node *, struct msg *);
enum act	 xauth_answer(struct sa *, struct node *, struct msg *);
enum act	 xauth_told(struct sa *, struct node *, struct msg *);
bool		 xauth_needed(const struct sa *sa);
void		 xauth_go_on(struct sa *sa);		/* an op has answered at once */
void		 xauth_late(struct sa *sa);

/* mode_config.c */
enum act	 modecfg_ask(struct sa *, struct node *, struct msg *);
enum act	 modecfg_await(struct sa *, struct node *, struct msg *);
enum act	 modecfg_push(struct sa *, struct node *, struct msg *);
enum act	 modecfg_got(struct sa *, struct node *, struct msg *);
enum act	 modecfg_acked(struct sa *, struct node *, struct msg *);
enum act	 modecfg_asked(struct sa *, struct node *, struct msg *);
enum act	 modecfg_answer(struct sa *, struct node *, struct msg *);

/* main_mode.c */
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

/* policy.c: phase 1 offers */
enum offer_result { OFFER_OK, OFFER_NONE, OFFER_BAD };
enum offer_result p1_judge(struct sa *sa, const struct payload *pl);	/* responder */
enum offer_result p1_check_answer(struct sa *sa, const struct payload *pl);	/* initiator */

/* vendor.c */
void		 vids_read(struct sa *sa, const struct msg *m);

/* natt.c */
void		 natd_write(struct sa *sa, struct out *o);
void		 natd_read(struct sa *sa, const struct msg *m);
bool		 natt_found(const struct sa *sa);	/* a translator is on the way */
bool		 natt_udp(const struct sa *sa);		/* ... and we are on port 4500: ESP goes in UDP */
void		 natt_float(struct sa *sa);
void		 natt_settle(struct sa *sa, const struct msg *m);
bool		 natt_may_move(const struct sa *sa, const struct ike_path *path);	/* a message from there may be its peer's */
void		 natt_follow(struct sa *sa, const struct msg *m);
bool		 natt_same_peer(const struct sa *a, const struct sa *b);
uint16_t	 natt_encaps(const struct sa *sa, bool transport);
bool		 natt_encaps_read(const struct sa *sa, unsigned encaps, bool *transport);
void		 natoa_write(const struct sa *sa, const struct node *n, struct out *o);
enum ike_counter natoa_read(const struct sa *sa, struct node *n, const struct msg *m);
void		 natoa_proxies(const struct sa *sa, const struct node *n, struct ike_id *local_id, struct ike_id *remote_id);
void		 natt_child(const struct sa *sa, struct node *n);

/* quick_mode.c, proposal.c */
void		 qm_initiate(struct sa *sa, const struct ike_child_request *rq);
void		 qm_input(struct sa *sa, struct msg *m);
void		 qm_begin_waiting(struct sa *sa);	/* the requests that waited for phase 1, for the peer or for room */
void		 qm_line_due(void *sa);
void		 qm_lapsed(struct sa *sa, struct node *n);	/* responder: the third message won't come */
bool		 v1_msgid_seen(struct sa *sa, uint32_t msgid);	/* and notes it */
enum act	 qm_send1(struct sa *, struct node *, struct msg *);
enum act	 qm_recv1(struct sa *, struct node *, struct msg *);
enum act	 qm_recv2(struct sa *, struct node *, struct msg *);
enum act	 qm_install_i(struct sa *, struct node *, struct msg *);
enum act	 qm_install_r(struct sa *, struct node *, struct msg *);
enum act	 qm_recv3(struct sa *, struct node *, struct msg *);
enum act	 qm_recv4(struct sa *, struct node *, struct msg *);
enum act	 qm_connected(struct sa *, struct node *, struct msg *);
void		 qm_waited(struct sa *sa, struct node *n);	/* long enough for a peer that asked for it */
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
