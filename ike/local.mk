noinst_LIBRARIES += ike/libike.a
ike_libike_a_SOURCES = \
	ike/counter.def ike/ike.c ike/ike.h ike/impl.h ike/index.c ike/modecfg.h ike/node.c ike/peer.c ike/retry.c \
	ike/sa.c ike/say.c ike/say.def ike/say.h \
	ike/v1/aggressive.c ike/v1/dpd.c ike/v1/events.def ike/v1/exchange.c ike/v1/frag.c ike/v1/info.c ike/v1/keys.c ike/v1/keys.h \
	ike/v1/main_mode.c ike/v1/mode_config.c ike/v1/natt.c ike/v1/phase1.c ike/v1/policy.c ike/v1/proposal.c ike/v1/quick_mode.c ike/v1/rules.c \
	ike/v1/rules.h ike/v1/signature.c ike/v1/states.def ike/v1/transaction.c ike/v1/v1.h ike/v1/vendor.c ike/v1/xauth.c \
	ike/wire/cert.c ike/wire/cfg.c ike/wire/cfg.def ike/wire/cfg.h \
	ike/wire/msg.c ike/wire/names.c ike/wire/notify.def ike/wire/out.c ike/wire/parts.c \
	ike/wire/payload.def ike/wire/sa.c ike/wire/wire.h
