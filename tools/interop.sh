#!/bin/bash
# tools/interop.sh INSPIRE PEER...: a short suite against foreign peers, in network namespaces that are gone afterwards.  What is
# missing here (root or user namespaces, a peer's package, /dev/net/tun) is said by name (status 77).
set -eu
inspire=$(realpath "$1")
shift
cd "$(dirname "$0")/.."
for peer in "$@"; do
	case $peer in
	uml-*) tools/peers.sh fetch uml "${peer#uml-}" ;;
	ike-scan | vpnc) tools/peers.sh fetch "$peer" ;;
	*) tools/peers.sh fetch strongswan ;;
	esac || exit $?
done
# shellcheck disable=SC2046
/usr/bin/python3 tools/interop/run.py --inspire "$inspire" --short --jobs 2 $(printf -- '--peer %s ' "$@")
