noinst_LIBRARIES += shell/libshell.a
shell_libshell_a_SOURCES = \
	shell/acl_text.c shell/acl_text.h \
	shell/args.c shell/args.h \
	shell/cmds.h \
	shell/cmds_debug.c \
	shell/cmds_exec.c \
	shell/cmds_lab.c \
	shell/cmds_mode.c \
	shell/cmds_terminal.c \
	shell/cmds_ping6.c \
	shell/cmds_ping.c shell/ping.h \
	shell/cmds_ping_ask.c \
	shell/cmds_traceroute.c \
	shell/cmds_traceroute6.c \
	shell/console.c shell/console.h \
	shell/filter.c shell/filter.h \
	shell/grammar.c shell/grammar.h \
	shell/grammar_check.c \
	shell/grammar_complete.c \
	shell/grammar_help.c \
	shell/help.c shell/help.h \
	shell/iosre.c shell/iosre.h \
	shell/lab_values.c shell/lab_values.h \
	shell/recorder.c shell/recorder.h \
	shell/show_lab.c \
	shell/banner.c shell/banner.h shell/running_access.h \
	shell/privilege.c shell/privilege.h shell/cmds_config_privilege.c \
	shell/cmds_enable.c shell/cmds_users.c shell/show_login.c \
	shell/cmds_config_aaa.c shell/cmds_config_access.c shell/cmds_config_banner.c \
	shell/session.c shell/session.h \
	shell/session_limit.c shell/session_limit.h \
	shell/session_login.c shell/session_login.h shell/session_password.c \
	shell/tty.c shell/tty.h \
	shell/session_exec.c \
	shell/session_int.h \
	shell/session_load.c \
	shell/files.h shell/files.c shell/cmds_copy.c shell/saved.h \
	shell/cfg_log.h shell/cfg_log.c shell/mask.h shell/mask.c \
	shell/cmds_archive.h shell/cmds_config_archive.c shell/cmds_replace.c shell/show_archive.c shell/running_archive.c \
	shell/alias.h shell/alias.c \
	shell/running_all.c shell/cmds_parser.c \
	shell/cfg_tree.h shell/cfg_tree.c \
	shell/cfg_replace.h shell/cfg_replace.c \
	shell/collector.h shell/collector.c shell/levels.h shell/cmds_config_syslog.c shell/show_logging.c shell/verb_check.c shell/references.h shell/references.c shell/expected.h shell/expected.c shell/foreign.h shell/foreign.def shell/foreign.c shell/sound.h shell/sound.c shell/foreign_int.h shell/foreign_int.c shell/foreign_sub.c shell/foreign_take.c shell/foreign_weave.c \
	shell/syntax.c shell/syntax.h \
	shell/term.c shell/term.h shell/term_int.h \
	shell/term_draw.c \
	shell/term_edit.c shell/term_edit.h \
	shell/term_log.c \
	shell/term_page.c \
	shell/term_read.c \
	shell/term_width.c \
	shell/token.c \
	shell/verb_commands.c \
	shell/verb_lab.c \
	shell/verb_router.c \
	shell/verbs.h \
	shell/walk.c

# people over the network and over a Unix socket
shell_libshell_a_SOURCES += \
	shell/attach.h shell/attach_listen.c \
	shell/gatekeeper.c \
	shell/gateway.c shell/gateway.h shell/gateway_int.h \
	shell/gateway_auth.c \
	shell/gateway_chan.c \
	shell/gateway_conn.c \
	shell/gateway_key.c \
	shell/keymaker.c shell/keymaker.h \
	shell/serve.c shell/serve.h \
	shell/remote.c shell/remote.h shell/remote_int.h \
	shell/remote_conn.c \
	shell/remote_term.c \
	shell/cmds_config_ssh.c shell/cmds_config_ssh.h \
	shell/cmds_keypair.c \
	shell/cmds_config_pki.c shell/cmds_config_pki.h \
	shell/cmds_config_cert.c \
	shell/running_pki.c shell/cmds_pki.c shell/cmds_pki_file.c shell/show_pki.c \
	shell/running_ssh.c \
	shell/show_ssh.c \
	shell/rlink.c shell/rlink.h \
	shell/verb_attach.c

# a program that runs for real: rights, signals, its supervisor
shell_libshell_a_SOURCES += \
	shell/daemon.c shell/daemon.h \
	shell/hostlog.c shell/hostlog.h \
	shell/notify.c shell/notify.h \
	shell/opener.c shell/opener.h \
	shell/opener_serve.c \
	shell/opener_wire.c \
	shell/pidfile.c shell/pidfile.h \
	shell/privs.c shell/privs.h \
	shell/sandbox.c shell/sandbox.h \
	shell/service.c shell/service.h \
	shell/signals.c shell/signals.h

# transcripts
shell_libshell_a_SOURCES += \
	shell/hole.c shell/hole.h shell/hole_int.h \
	shell/hole_reword.c \
	shell/pattern.c \
	shell/transcript.h shell/transcript_run.h \
	shell/transcript_carry.c \
	shell/transcript_front.c shell/transcript_front.h \
	shell/transcript_hold.c \
	shell/transcript_line.c shell/transcript_line.h \
	shell/transcript_log.c \
	shell/transcript_main.c \
	shell/transcript_match.c \
	shell/transcript_parse.c \
	shell/transcript_prose.c \
	shell/transcript_report.c \
	shell/transcript_rewrite.c \
	shell/transcript_run.c \
	shell/transcript_update.c

# configuration
shell_libshell_a_SOURCES += \
	shell/cmds_config.h shell/cmds_config.c \
	shell/cmds_config_acl.c \
	shell/cmds_config_gre.c \
	shell/cmds_config_if.c \
	shell/cmds_config_ip6.c \
	shell/cmds_config_ipsec.c \
	shell/cmds_config_isakmp.c \
	shell/cmds_config_keyring.c \
	shell/cmds_config_line.c \
	shell/cmds_config_nhrp.c \
	shell/cmds_config_map.c shell/cmds_config_sa.h \
	shell/cmds_config_service.c \
	shell/cmds_config_tunnel.c \
	shell/config_util.c \
	shell/dialect.h shell/dialect.c \
	shell/running_config.h shell/running_config.c \
	shell/running_acl.c \
	shell/running_crypto.c \
	shell/running_nhrp.c \
	shell/running_level.c shell/running_map.c \
	shell/running_ip6.c \
	shell/show.h shell/show_config.c \
	shell/show_qfp.c \
	shell/show_text.c

# show and clear
shell_libshell_a_SOURCES += \
	shell/cmds_clear.c \
	shell/show_acl.c \
	shell/show_datapath.c \
	shell/show_interfaces.c shell/show_controllers.c \
	shell/show_ip.c \
	shell/show_ip6.c \
	shell/show_ipsec.c \
	shell/show_dmvpn.c \
	shell/show_isakmp.c \
	shell/show_nhrp.c \
	shell/show_map.c \
	shell/show_session.c \
	shell/show_tunnel.c \
	shell/show_system.c \
	shell/show_engine.c \
	shell/show_if.c \
	shell/show_mib.c \
	shell/show_isakmp_stats.c \
	shell/show_processes.c \
	shell/show_tech.c \
	shell/show_trace.c \
	shell/cmds_epc.h shell/cmds_epc.c shell/cmds_epc_point.c shell/show_epc.c shell/show_refusals.c \
	shell/show_version.c

# event manager, flash, tracked objects, SNMP
shell_libshell_a_SOURCES += \
	shell/cmds_config_eem.h shell/cmds_config_eem.c \
	shell/cmds_config_eem_action.c \
	shell/cmds_config_eem_script.c \
	shell/cmds_config_snmp.c \
	shell/cmds_config_track.c \
	shell/cmds_flash.c \
	shell/cmds_tclsh.c \
	shell/eem_cli.h shell/eem_cli.c \
	shell/running_eem.c \
	shell/show_eem.c \
	shell/show_track.c
# users and EzVPN
shell_libshell_a_SOURCES += \
	shell/cmds_config_ezclient.c \
	shell/cmds_config_ezgroup.c \
	shell/cmds_config_user.c \
	shell/cmds_ezvpn.c \
	shell/running_ezvpn.h shell/running_ezvpn.c \
	shell/running_user.c \
	shell/show_ezvpn.c \
	shell/show_nat.c \
	shell/show_pool.c

# captures as ladders
shell_libshell_a_SOURCES += \
	shell/ladder_model.h shell/ladder_int.h shell/ladder.c \
	shell/ladder_esp.c \
	shell/ladder_frag.c \
	shell/ladder_html.c \
	shell/ladder_ike.h shell/ladder_ike.c \
	shell/ladder_ike_exchange.c \
	shell/ladder_ike_open.c \
	shell/ladder_ike_piece.c \
	shell/ladder_keys.c \
	shell/ladder_link.c \
	shell/ladder_log.c \
	shell/ladder_payload.h shell/ladder_payload.c \
	shell/ladder_read.h shell/ladder_read.c \
	shell/ladder_sa.c \
	shell/ladder_svg.c \
	shell/ladder_text.c \
	shell/ladder_twin.c \
	shell/ladder_view.h shell/ladder_view.c \
	shell/verb_ladder.c

bin_PROGRAMS += inspire
inspire_SOURCES = shell/main.c
inspire_LDADD = $(SHELL_LIBS)
