#!/bin/bash
# Foreign peers for tests, without installing them: Debian's packages are downloaded and unpacked into a folder, no script of
# theirs is run, nothing is started and nothing has to be removed but that folder.
#
#	tools/peers.sh fetch [PEER...]		unpacks what is not there yet (all peers unless named)
#	tools/peers.sh path PEER		the folder of a peer that is there, else status 77 and why not
#	tools/peers.sh run PEER COMMAND...	runs a command as if the peer were installed, as root: in a mount namespace of its
#						own the folder's usr and etc are laid over those of this machine
#	tools/peers.sh list			the peers' names
#	tools/peers.sh clean			removes the folder
#
# The folder is $INSPIRE_PEERS, or inspire/peers in $XDG_CACHE_HOME or ~/.cache.  With all fetched no network is needed.
set -eu
cache=${INSPIRE_PEERS:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/inspire/peers}
PEERS="strongswan ike-scan vpnc libreswan uml"

usage() {
	sed -n 's/^#\t\(tools.*\)/\1/p' "$0" >&2
	exit 2
}

# What a peer is made of.  A peer's version is that of its first package.
packages() {
	case $1 in
	strongswan)
		echo charon-systemd strongswan-swanctl strongswan-pki strongswan-libcharon libstrongswan libcharon-extra-plugins \
			libcharon-extauth-plugins libstrongswan-extra-plugins libstrongswan-standard-plugins
		;;
	ike-scan) echo ike-scan ;;
	vpnc) echo vpnc vpnc-scripts ;;
	libreswan) echo libreswan libnss3-tools dns-root-data ;;
	uml) echo user-mode-linux kmod iproute2 ;;
	*)
		echo "peers: there is no peer named $1; there are: $PEERS" >&2
		exit 2
		;;
	esac
}

# needed PEER: its packages, and what they depend on, as far as this machine has not got them
needed() {
	local out
	# shellcheck disable=SC2046
	out=$(LC_ALL=C apt-get -s -o Debug::NoLocking=1 install --no-install-recommends $(packages "$1") 2>&1) || {
		echo "$out" >&2
		return 1
	}
	sed -n 's/^Inst \([^ ]*\) .*/\1/p' <<<"$out"
}

# unpack PEER DIR: old packages still have files in /lib and /sbin, which are links into /usr today
unpack() {
	local top deb
	cd "$2"
	needed "$1" >packages
	# shellcheck disable=SC2046
	[ ! -s packages ] || apt-get download -qq $(cat packages) >/dev/null || return 1
	mkdir -p tree/usr tree/etc
	for deb in ./*.deb; do
		[ ! -f "$deb" ] || dpkg -x "$deb" tree
	done
	for top in bin sbin lib lib64; do
		[ ! -d tree/$top ] || { mkdir -p tree/usr/$top && cp -a tree/$top/. tree/usr/$top/ && rm -rf tree/$top; }
	done
	for deb in $(packages "$1"); do
		dpkg-deb -f "${deb}"_*.deb Version 2>/dev/null || dpkg-query -W -f '${Version}\n' "$deb"
		break
	done >version
	rm -f ./*.deb
}

fetch_one() {
	local new said
	[ ! -f "$cache/$1/version" ] || return 0
	for tool in apt-get dpkg; do
		command -v $tool >/dev/null || {
			echo "peers: $1 cannot be fetched: no $tool here"
			exit 77
		}
	done
	new=$(mktemp -d "$cache/new.XXXXXX")
	chmod 755 "$new"
	if ! said=$(unpack "$1" "$new" 2>&1); then
		rm -rf "$new"
		echo "peers: $1 cannot be fetched: $(grep -v '^$' <<<"$said" | tail -n 1)"
		exit 77
	fi
	rm -rf "${cache:?}/$1"
	mv "$new" "$cache/$1"
}

fetch() {
	local peer
	mkdir -p "$cache"
	exec 9>"$cache/lock"
	flock 9
	for peer in "$@"; do
		packages "$peer" >/dev/null
		(fetch_one "$peer")
	done
}

path() {
	packages "$1" >/dev/null
	[ -f "$cache/$1/version" ] || {
		echo "peers: $1 is not there: tools/peers.sh fetch $1" >&2
		exit 77
	}
	echo "$cache/$1"
}

# Within the new mount namespace.
overlaid() {
	local tree=$1 top
	shift
	for top in usr etc; do
		mount -t overlay overlay -o "ro,lowerdir=$tree/$top:/$top" "/$top" 2>/dev/null || {
			echo "peers: this kernel does not let a folder be laid over /$top (overlayfs)" >&2
			exit 77
		}
	done
	exec "$@"
}

verb=${1:-}
[ -n "$verb" ] || usage
shift
case $verb in
fetch)
	# shellcheck disable=SC2086
	fetch ${*:-$PEERS}
	;;
path)
	[ $# = 1 ] || usage
	path "$1"
	;;
run)
	[ $# -ge 2 ] || usage
	tree=$(path "$1")/tree
	shift
	[ "$(id -u)" = 0 ] || {
		echo "peers: only root can run a peer" >&2
		exit 77
	}
	exec unshare --mount "$0" overlaid "$tree" "$@"
	;;
overlaid) overlaid "$@" ;;
list) printf '%s\n' $PEERS ;;
clean) rm -rf "$cache" ;;
*) usage ;;
esac
