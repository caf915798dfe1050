#!/bin/sh
# Holds that only lib/clock.c asks the system for the time, and only lib/chance.c for randomness.
cd "${srcdir:-.}" || exit 2
status=0
for f in lib/*.[ch] datapath/*.[ch] ike/*.[ch] ike/*/*.[ch] engine/*.[ch] shell/*.[ch]; do
	[ -f "$f" ] || continue
	case $f in
	lib/clock.c) words='\b(rand|random|drand48|getrandom|RAND_bytes|RAND_priv_bytes)\(' ;;
	lib/chance.c) words='\b(clock_gettime|gettimeofday|time|times|clock)\(' ;;
	*) words='\b(clock_gettime|gettimeofday|time|times|rand|random|drand48|getrandom|getentropy|arc4random|RAND_bytes|RAND_priv_bytes|sleep|usleep|nanosleep)\(' ;;
	esac
	if grep -nP "(?<![_a-zA-Z>.])$words" "$f" /dev/null; then
		status=1
	fi
done
[ $status = 0 ] || echo "sources-of-time: only lib/clock.c and lib/chance.c may do this" >&2
exit $status
