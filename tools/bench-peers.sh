#!/bin/bash
# tools/bench-peers.sh [OPTION...]: two of our routers against two of strongSwan, through their tunnels on a cable between two
# namespaces, which this makes and removes: TCP by iperf3 and small packets, in turns.  Options are those of tools/interop/speed.py
# (--help).  As root; with Debian's iperf3 and nftables; strongSwan is fetched, not installed (tools/peers.sh).
#
# Without one of these it says which, and its status is 77.
set -eu
command -v python3 >/dev/null || {
	echo "bench-peers: python3 is not installed: nothing was measured"
	exit 77
}
exec python3 "$(dirname "$0")/interop/speed.py" "$@"
