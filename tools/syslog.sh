#!/bin/bash
# tools/syslog.sh INSPIRE: messages of a lab's routers arrive at a real rsyslog (an unprivileged instance of its own, on
# loopback) with the right facility, severity, host and text, in both forms, and a server that is gone stalls nothing.
set -u
inspire=$(realpath "${1:-./inspire}")
rsyslogd=$(command -v rsyslogd || ls /usr/sbin/rsyslogd 2>/dev/null)
[ -n "$rsyslogd" ] || { echo "rsyslogd is not installed"; exit 77; }
dir=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null; rm -rf "$dir"' EXIT
port=$((20000 + RANDOM % 20000))
failed=0

cat >"$dir/rsyslog.conf" <<EOF
global(workDirectory="$dir")
module(load="imudp")
template(name="line" type="string" string="%syslogfacility-text%|%syslogseverity-text%|%hostname%|%app-name%|%msgid%|%syslogtag%|%msg%\n")
input(type="imudp" address="127.0.0.1" port="$port")
action(type="omfile" file="$dir/heard" template="line" asyncWriting="off" flushOnTXEnd="on")
EOF

start() {
	"$rsyslogd" -n -f "$dir/rsyslog.conf" -i "$dir/pid" >"$dir/log" 2>&1 &
	pid=$!
	for _ in $(seq 100); do
		grep -qi " $(printf '0100007F:%04X' "$port") " /proc/net/udp && return 0
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.05
	done
	echo "rsyslogd does not start:"
	cat "$dir/log"
	exit 1
}

# heard REGEX: such a line arrives
heard() {
	for _ in $(seq 100); do
		grep -Eq -e "$1" "$dir/heard" 2>/dev/null && return 0
		sleep 0.05
	done
	echo "never heard: $1"
	failed=1
}

cat >"$dir/lab.yml" <<EOF
name: far
topology:
  nodes:
    R1: {kind: linux, image: inspire, startup-config: r1.cfg}
    R2: {kind: linux, image: inspire, startup-config: r2.cfg}
  links:
    - endpoints: ["R1:GigabitEthernet0/0", "R2:GigabitEthernet0/0"]
EOF
printf 'hostname edge1\ninterface GigabitEthernet0/0\n ip address 10.0.0.1 255.255.255.0\nend\n' >"$dir/r1.cfg"
printf 'hostname edge2\nlogging facility local3\nlogging trap syslog-format rfc5424\ninterface GigabitEthernet0/0\n ip address 10.0.0.2 255.255.255.0\nend\n' >"$dir/r2.cfg"
{
	printf 'connect R1\nconfigure terminal\ninterface GigabitEthernet0/0\nshutdown\nend\n'
	printf 'connect lab\nconnect R2\nconfigure terminal\nlogging trap warnings\nend\nconfigure terminal\nlogging trap informational\nend\n'
} >"$dir/in"

start
"$inspire" lab --syslog "127.0.0.1:$port" "$dir/lab.yml" <"$dir/in" >"$dir/out" 2>&1 || { echo "the lab ended badly"; tail "$dir/out"; exit 1; }
heard '^local7\|notice\|edge1\|.*\|.*\|%SYS-5-CONFIG_I:\| ?Configured from console by console$'
heard '^local7\|notice\|edge1\|.*%LINK-5-CHANGED:\| ?Interface GigabitEthernet0/0, changed state to administratively down$'
heard '^local3\|err\|edge2\|LINK\|UPDOWN\|.*%LINK-3-UPDOWN: Interface GigabitEthernet0/0, changed state to up$'
heard '^local3\|notice\|edge2\|SYS\|RESTART\|.*%SYS-5-RESTART: System restarted'
[ "$(grep -c '|edge2|SYS|CONFIG_I|' "$dir/heard")" = 2 ] || { echo "notifications came although only warnings are wanted"; failed=1; }
LC_ALL=C grep -q '[[:cntrl:]]' "$dir/heard" && { echo "a control character came through"; failed=1; }

kill "$pid"
wait "$pid" 2>/dev/null
pid=
for _ in $(seq 500); do printf 'configure terminal\nend\n'; done | { echo 'connect R1'; cat; } >"$dir/in"
timeout 20 "$inspire" lab --syslog "127.0.0.1:$port" "$dir/lab.yml" <"$dir/in" >"$dir/out" 2>&1 || { echo "a server that is gone holds the lab up"; failed=1; }
[ "$(grep -c 'CONFIG_I' "$dir/out")" = 500 ] || { echo "the log of the router itself is not whole"; failed=1; }
"$inspire" lab --syslog nowhere "$dir/lab.yml" </dev/null >"$dir/out" 2>&1
[ $? = 2 ] || { echo "--syslog nowhere is taken"; failed=1; }
[ $failed = 0 ] && echo "messages of two routers arrived in both forms"
exit $failed
