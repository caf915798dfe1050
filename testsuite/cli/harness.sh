# For the scripts beside it: a small lab in a folder of its own, and functions that run a case and judge it.
inspire=${INSPIRE:-$(pwd)/inspire}
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 99
n=0 bad=0

cat >lab.yml <<'EOF'
name: two
topology:
  nodes:
    R1: {kind: linux, image: inspire, startup-config: r1.cfg}
    R2: {kind: linux, image: inspire, startup-config: r2.cfg}
    SW: {kind: linux, image: inspire, labels: {inspire-kind: switch}}
    H1: {kind: linux, image: inspire, labels: {inspire-kind: host, inspire-address: 192.168.1.10/24, inspire-gateway: 192.168.1.1}}
    H2: {kind: linux, image: inspire, labels: {inspire-kind: host, inspire-address: 192.168.2.10/24, inspire-gateway: 192.168.2.1}}
  links:
    - endpoints: ["R1:GigabitEthernet0/0", "SW:port1"]
    - endpoints: ["R2:GigabitEthernet0/0", "SW:port2"]
    - endpoints: ["R1:GigabitEthernet0/1", "H1:eth1"]
    - endpoints: ["R2:GigabitEthernet0/1", "H2:eth1"]
EOF
for i in 1 2; do
	cat >r$i.cfg <<EOF
hostname edge$i
interface GigabitEthernet0/0
 ip address 10.0.0.$i 255.255.255.0
interface GigabitEthernet0/1
 ip address 192.168.$i.1 255.255.255.0
ip route 192.168.$((3 - i)).0 255.255.255.0 10.0.0.$((3 - i))
end
EOF
done

fail() {
	bad=$((bad + 1))
	echo "FAILED $1"
	sed 's/^/    /' out
}

# said NAME STATUS REGEX: judges the run that left its status in $status and its words in out.
said() {
	n=$((n + 1))
	if [ "$status" != "$2" ]; then
		fail "$1: status $status, expected $2"
	elif [ -n "$3" ] && ! grep -Eq -e "$3" out; then
		fail "$1: expected to read: $3"
	fi
}

# t NAME STATUS REGEX [option...]: a transcript from standard input, as x.txt.
t() {
	name=$1 want=$2 regex=$3
	shift 3
	cat >x.txt
	"$inspire" test --topology lab.yml "$@" x.txt >out 2>&1
	status=$?
	said "$name" "$want" "$regex"
}

# front NAME STATUS REGEX: the same, with all that is needed in its front matter; md: as Markdown.
front() {
	cat >x.txt
	"$inspire" test x.txt >out 2>&1
	status=$?
	said "$1" "$2" "$3"
}
md() {
	cat >x.md
	"$inspire" test --topology lab.yml x.md >out 2>&1
	status=$?
	said "$1" "$2" "$3"
}

# pipe NAME STATUS REGEX [option...]: commands from standard input into `inspire lab`.
pipe() {
	name=$1 want=$2 regex=$3
	shift 3
	"$inspire" lab "$@" lab.yml >out 2>&1
	status=$?
	said "$name" "$want" "$regex"
}

# update NAME: x.txt from standard input is rewritten, then passes, and a second rewriting changes nothing; it is
# then as `after` says.
update() {
	cat >x.txt
	"$inspire" test --topology lab.yml --update x.txt >out 2>&1
	cp x.txt once
	"$inspire" test --topology lab.yml --update x.txt >out 2>&1
	status=$?
	said "update: $1: passes" 0 ''
	diff once x.txt >out 2>&1
	status=$?
	said "update: $1: settles" 0 ''
	diff after x.txt >out 2>&1
	status=$?
	said "update: $1: as expected" 0 ''
}

# The last line of a script: its verdict.
finish() {
	echo "$n cases, $bad failed"
	[ "$bad" = 0 ]
}
