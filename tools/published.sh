#!/bin/bash
# tools/published.sh REPLAY [SOURCE...]: captures of key exchanges that others have published, good ones and ones that broke
# somebody's decoder, are played by REPLAY (testsuite/fuzz/replay, sanitized) into routers of ours.  They come from the test
# suites in Debian's source packages (tcpdump, unless others are named; wireshark has some too, but is 47 MB), which apt-get
# fetches and checks with lists of its own; only captures are unpacked, into the folder that tools/peers.sh has its peers in.
# What is missing here is said by name (status 77).
set -eu
replay=$(realpath "$1")
shift
cache=${INSPIRE_PEERS:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/inspire/peers}
srcdir=$(cd "$(dirname "$0")/.." && pwd)
export srcdir

# Source packages of the releases that apt has binary ones of.
sources_list() {
	# shellcheck disable=SC2016
	LC_ALL=C apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
		awk '/debian\.org\/debian/ && $3 == "main" && !seen[$0]++ { print "deb-src", $0 }'
}

quiet_apt() {
	local dir=$1
	shift
	LC_ALL=C apt-get -qq -o Dir::Etc::SourceList="$dir/sources.list" -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists="$dir/lists" \
		-o Dir::Cache="$dir" -o APT::Sandbox::User="$(id -un)" "$@"
}

# fetch SOURCE DIR
fetch() {
	local tarball
	cd "$2" && mkdir -p lists/partial archives/partial tree
	sources_list >sources.list
	[ -s sources.list ] || { echo "apt knows no Debian archive"; return 1; }
	quiet_apt "$2" update && quiet_apt "$2" source --download-only "$1" || return 1
	for tarball in *.orig.tar.*; do	# tar complains of kinds of names that are not there
		[[ $tarball = *.asc ]] || tar -C tree -xf "$tarball" --wildcards --no-anchored '*.pcap' '*.pcapng' '*.cap' || [ -n "$(ls tree)" ]
	done
	rm -rf lists archives sources.list -- *.tar.* *.dsc *pkgcache.bin
}

for tool in apt-get tar; do
	command -v $tool >/dev/null || { echo "published captures: no $tool here"; exit 77; }
done
mkdir -p "$cache"
files=()
for source in "${@:-tcpdump}"; do
	dir=$cache/captures-$source
	if [ ! -d "$dir" ]; then
		new=$(mktemp -d "$cache/new.XXXXXX")
		if ! said=$(fetch "$source" "$new" 2>&1); then
			rm -rf "$new"
			echo "published captures: Debian's source package $source cannot be fetched: $(grep -v '^$' <<<"$said" | tail -n 1)"
			exit 77
		fi
		mv "$new" "$dir"
	fi
	mapfile -t -O ${#files[@]} files < <(find "$dir/tree" -type f -size -1024k \( -name '*.pcap' -o -name '*.pcapng' -o -name '*.cap' \) |
		grep -i 'isakmp\|ike\|ipsec\|esp[^/]*\.\|/ah' | LC_ALL=C sort)
done
[ ${#files[@]} -gt 0 ] || { echo "published captures: ${*:-tcpdump} has none of IKE"; exit 77; }
"$replay" "${files[@]}"
