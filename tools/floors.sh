#!/bin/sh
# Holds that a floor includes nothing of a floor above it, and that the twins ike/ and datapath/ do not know each other.
cd "${srcdir:-.}" || exit 2
status=0
look() { # FLOOR FORBIDDEN...
	floor=$1
	shift
	for other in "$@"; do
		if grep -nE "^#[[:space:]]*include[[:space:]]*[\"<]$other/" "$floor"/*.[ch] "$floor"/*/*.[ch] "$floor"/*/*/*.[ch] 2>/dev/null; then
			echo "floors: $floor/ must not include $other/" >&2
			status=1
		fi
	done
}
look lib datapath ike engine shell
look datapath ike engine shell
look ike datapath engine shell
look engine shell
exit $status
