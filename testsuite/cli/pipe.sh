#!/bin/bash
# The program on pipes: what a console shows, the exit status, and a recording that passes as a test.
set -u
top=$(cd "${srcdir:-.}" && pwd)
inspire=$PWD/inspire
lab=$top/examples/invalid-spi/lab.yml
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0

# status EXPECTED NAME COMMAND...: standard input is passed on, output goes to $dir/out
status() {
	local want=$1 name=$2 got=0
	shift 2
	"$@" >"$dir/out" 2>"$dir/err" || got=$?
	if [ "$got" != "$want" ]; then
		echo "$name: status $got instead of $want"
		cat "$dir/out" "$dir/err"
		failed=1
	fi
}

# shows NAME: standard input is the whole output of the last command
shows() {
	if ! diff -u - "$dir/out" >"$dir/diff"; then
		echo "$1: other output"
		cat "$dir/diff"
		failed=1
	fi
}

status 2 "no verb" "$inspire" </dev/null
status 2 "unknown verb" "$inspire" frobnicate </dev/null
status 0 "help" "$inspire" --help </dev/null
for verb in lab test router attach commands; do
	status 0 "help $verb" "$inspire" help $verb </dev/null
	status 0 "$verb --help" "$inspire" $verb --help </dev/null
done
status 0 "version" "$inspire" --version </dev/null
status 0 "the table of commands" "$inspire" commands --check </dev/null
status 2 "no topology" "$inspire" lab </dev/null
status 2 "missing topology" "$inspire" lab "$dir/none.yml" </dev/null
status 2 "bad seed" "$inspire" lab --seed x "$lab" </dev/null
status 2 "bad start" "$inspire" lab --start yesterday "$lab" </dev/null
status 2 "missing configuration" "$inspire" router "$dir/none.cfg" </dev/null
printf 'hostname R9\n' >"$dir/r9.cfg"
status 2 "unknown port" "$inspire" router --port Gi0/0=pigeon:x "$dir/r9.cfg" </dev/null
printf 'show clock | count UTC\n' | status 0 "one router" "$inspire" router "$dir/r9.cfg"
shows "one router" <<'END'
R9#show clock | count UTC
Number of lines which match regexp = 1
END

printf '%s\n' 'connect Router1' 'sh cloxk' 'sh clock' 'conn ?' 'conf t' '^Z' 'connect lab' 'wait 1s' 'show clock' |
	status 1 "a refused command" "$inspire" lab "$lab"
shows "a refused command" <<'END'
lab#connect Router1
Router1#sh cloxk
              ^
% Invalid input detected at '^' marker.

Router1#sh clock
13:00:00.000 UTC Fri Mar 13 2015
Router1#conn ?
% Unrecognized command
Router1#conf t
Enter configuration commands, one per line.  End with CNTL/Z.
Router1(config)#^Z
Mar 13 13:00:00.000: %SYS-5-CONFIG_I: Configured from console by console
Router1#connect lab
lab#wait 1s
lab#show clock
13:00:01.000 UTC Fri Mar 13 2015 (virtual)
END

printf '%s\n' 'connect Router2' 'ping 14.14.14.14 source 11.11.11.11' 'reload' '' 'sh run | s crypto' 'connect lab' 'wait 5s' \
	'link SW1:port2 down' 'wait 2s' 'connect Router2' 'copy run start' '' 'show crypto isakmp sa' |
	status 0 "recording" "$inspire" lab --seed 3 --record "$dir/rec.txt" "$lab"
sed -i "s|^topology: .*|topology: $lab|" "$dir/rec.txt"
status 0 "the recording as a test" "$inspire" test "$dir/rec.txt" </dev/null
sed -i 's/Building configuration/Building castles/' "$dir/rec.txt"
status 1 "the recording with a word changed" "$inspire" test "$dir/rec.txt" </dev/null

# A full disk is told, and is no success.
if [ -w /dev/full ]; then
	echo 'wait 1s' | status 1 "a recording on a full disk" "$inspire" lab --record /dev/full "$lab"
	grep -q '^inspire lab: /dev/full: the recording could not be written whole' "$dir/err" || { echo "a recording on a full disk: $(cat "$dir/err")"; failed=1; }
	status 1 "a verdict on a full disk" bash -c '"$0" test "$1" >/dev/full' "$inspire" "$top/examples/invalid-spi/02-switch-port.md"
	echo 'wait 1s' | status 1 "a console on a full disk" bash -c '"$0" lab "$1" >/dev/full' "$inspire" "$lab"
	echo 'wait 1s' | status 0 "a console whose reader has gone" bash -c '"$0" lab "$1" | true; exit ${PIPESTATUS[0]}' "$inspire" "$lab"
	status 0 "a reader that has gone" bash -c '"$0" test --show "$1" | head -n 1 >/dev/null; exit ${PIPESTATUS[0]}' "$inspire" "$top/examples/invalid-spi/02-switch-port.md"
fi

exit $failed
