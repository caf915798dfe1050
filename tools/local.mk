# Checks of the code itself, the transcripts as tests, the manual, and fuzzing for as long as one likes.
dist_man_MANS += doc/inspire.1
EXTRA_DIST += quickstart tools/bugs.sh tools/recovery-table.sh tools/check-all.sh tools/clients.sh tools/ssh.sh tools/dmvpn-lab.sh tools/floors.sh tools/fuzz.sh tools/globals.sh tools/guides.sh \
	tools/sources-of-time.sh tools/transcripts.sh tools/tshark.sh tools/tshark-gre.sh tools/tshark-cmap.sh tools/tshark-natt.sh examples testsuite/lab testsuite/cli testsuite/clients README.md HACKING.md NEWS LICENSE doc
EXTRA_DIST += tools/ports.sh tools/screens.sh testsuite/screens
EXTRA_DIST += tools/ladder.sh tools/ladders.sh
TESTS += tools/ladders.sh
EXTRA_DIST += tools/captures.sh tools/syslog.sh tools/daemon.sh tools/published.sh

TESTS += tools/floors.sh tools/globals.sh tools/sources-of-time.sh tools/transcripts.sh
TESTS += testsuite/cli/transcript-spec.sh testsuite/cli/transcript-update.sh testsuite/cli/lab-console.sh
AM_TESTS_ENVIRONMENT = srcdir='$(srcdir)'; export srcdir; TERM=dumb; export TERM;

FUZZ_SECONDS = 600
fuzz: fuzzers
	cd '$(srcdir)' && tools/fuzz.sh --run '$(abs_builddir)' $(FUZZ_SECONDS)
.PHONY: fuzz

# Foreign peers on wires between namespaces: as root, for an hour and more.  INTEROP_FLAGS=--resume goes on with what an earlier run has
# left, INTEROP_FLAGS="--resume --only 'pairing uml-.* raw-gcm'" with a part of it; the tables are written of all that is there.
EXTRA_DIST += tools/peers.sh tools/interop.sh tools/interop
interop: inspire
	cd '$(srcdir)' && tools/peers.sh fetch && { tools/interop/run.py --inspire '$(abs_builddir)/inspire' --outages --jobs 10 $(INTEROP_FLAGS) \
		--json '$(abs_builddir)/interop.json'; status=$$?; \
		[ $$status = 77 ] || tools/interop/report.py '$(abs_builddir)/interop.json' doc/interop.md; exit $$status; }
.PHONY: interop
