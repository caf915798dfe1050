#!/bin/bash
# tools/screens.sh INSPIRE [FILE...]            types into the real program in tmux and holds its screens against golden ones
# tools/screens.sh --record INSPIRE [FILE...]   writes the screens into the files, to be looked at
#
# A file in testsuite/screens/ has one step a line:
#	run ARGUMENTS		what INSPIRE is started with (lab --clock virtual lab.yml)
#	size COLUMNS ROWS	of the window (80 24); later: it changes
#	type TEXT		typed as it is
#	press KEY...		keys by tmux's names
#	until TEXT		waits until the screen shows it
#	screen			the screen is, or becomes within the deadline, what follows between two lines of ~~~, the
#				last of them with the cursor's place; rows of dots are left out
# Status 77: no tmux.
set -u
record=false
[ "${1:-}" = --record ] && { record=true; shift; }
[ $# -ge 1 ] || { echo "usage: tools/screens.sh [--record] INSPIRE [FILE...]" >&2; exit 2; }
command -v tmux >/dev/null || { echo "there is no tmux here"; exit 77; }
inspire=$(realpath "$1")
shift
here=$(realpath "$(dirname "$0")/../testsuite/screens")
[ $# -gt 0 ] || set -- "$here"/*.txt
deadline=${SCREENS_DEADLINE:-15}	# seconds that a screen may take
tmp=$(mktemp -d) || exit 99
export LC_ALL=C.UTF-8 TERM=xterm TMUX=
tm() { tmux -u -S "$tmp/tmux" -f /dev/null "$@"; }
trap 'tm kill-server 2>/dev/null; rm -rf "$tmp"' EXIT

begin() {
	tm kill-server 2>/dev/null
	rm -rf "$tmp/lab"
	cp -r "$here" "$tmp/lab"
	tm new-session -d -x "$columns" -y "$rows" -c "$tmp/lab" "cd $tmp/lab && stty -echo && exec $inspire $arguments 2>&1" &&
		tm set -g status off && tm resize-window -x "$columns" -y "$rows"
}

# Of a ping that is broken off neither the dots nor how many there were is the same twice, and so neither is the row.
look() {
	tm capture-pane -p 2>/dev/null >"$tmp/raw"
	sed -E '/^[.!]+$/d; s|\(0/[0-9]+\)|(0/N)|' "$tmp/raw" | sed -e ':a' -e '/^\n*$/{$d;N;ba' -e '}' >"$tmp/now"
	if grep -qF '(0/N)' "$tmp/now"; then
		tm display -p '~~~ #{cursor_x}'
	else
		tm display -p '~~~ #{cursor_x} #{cursor_y}'
	fi 2>/dev/null >>"$tmp/now"
}

# becomes COMMAND...: looks until the command says yes
becomes() {
	local end=$((SECONDS + deadline))
	while look && ! "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}
has() { grep -qF -- "$1" "$tmp/raw"; }
same() { cmp -s "$tmp/now" "$tmp/want"; }
settled() {	# for recording: the same twice
	local was
	was=$(cat "$tmp/now")
	sleep 0.4
	look
	[ "$was" = "$(cat "$tmp/now")" ]
}

step() {
	case $1 in
	"type "*) tm send-keys -l -- "${1#type }" ;;
	"press "*) tm send-keys ${1#press } ;;
	"until "*) becomes has "${1#until }" || { echo "$name:$line: never seen: ${1#until }"; cat "$tmp/now"; return 1; } ;;
	"size "*) tm resize-window -x "${1#size }" -y "${1##* }" ;;
	esac
}

play() {
	local file=$1 text in=false started=false
	name=${file##*/} line=0 columns=80 rows=24 arguments="lab --clock virtual lab.yml"
	: >"$tmp/out"
	while IFS= read -r text || [ -n "$text" ]; do
		line=$((line + 1))
		if $in; then
			case $text in
			"~~~ "*)
				in=false
				echo "$text" >>"$tmp/want"
				if $record; then
					becomes settled
					cat "$tmp/now" >>"$tmp/out"
				elif ! becomes same; then
					echo "$name:$line: the screen is not as it should be"
					diff "$tmp/want" "$tmp/now"
					return 1
				fi
				;;
			*) echo "$text" >>"$tmp/want" ;;
			esac
			continue
		fi
		echo "$text" >>"$tmp/out"
		case $text in
		"~~~") in=true; : >"$tmp/want" ;;
		"" | "#"* | screen) ;;
		"run "*) arguments=${text#run } ;;
		"size "*) $started && { set -- ${text#size }; tm resize-window -x "$1" -y "$2"; } || { set -- ${text#size }; columns=$1 rows=$2; } ;;
		*)
			$started || { begin && becomes has "#" || { echo "$name: no prompt came"; return 1; }; started=true; }
			step "$text" || return 1
			;;
		esac
	done <"$file"
	! $record || cp "$tmp/out" "$file"
}

n=0 bad=0
for file; do
	n=$((n + 1))
	# Where real time counts a machine that is busy elsewhere may be too late once.
	play "$file" >"$tmp/said" || { grep -q '^run .*real' "$file" && play "$file" >"$tmp/said"; } || { bad=$((bad + 1)); cat "$tmp/said"; }
done
echo "$n screens' files, $bad failed"
[ $bad = 0 ]
