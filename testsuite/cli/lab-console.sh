#!/bin/sh
# The lab's console in transcripts and on a pipe: its commands, snapshots, recordings; and the same bytes each time.
. "${srcdir:-.}/testsuite/cli/harness.sh"

t 'wait: how long' 0 '' <<'EOF'
lab#wait 500ms
lab#wait 20s
lab#wait 5m
lab#wait 2h
lab#wait 30d
R1#show clock
15:05:20.500 UTC Sun Apr 12 2015
EOF
t 'wait: until it is logged' 0 '' <<'EOF'
lab#wait R1 "never" within 90s
% not seen within 90 s
lab#wait edge1 "never" within 500ms
% not seen within 0.5 s
R1#show clock
13:01:30.500 UTC Fri Mar 13 2015
EOF
t 'wait: only what comes after it' 0 '' <<'EOF'
lab#link SW:port1 down
lab#wait R1 "UPDOWN" within 5s
% not seen within 5 s
EOF
t 'expect' 0 '' <<'EOF'
R1#show ip interface brief | include 0/0
<<_>> 10.0.<<zero:int>>.<<one:int>> <<_:line>>
lab#expect <<one>> > <<zero>>
lab#expect <<zero>> < <<one>>
lab#expect <<one>> + <<one>> - 1 = <<one>>
lab#expect <<one>> != <<zero>>
lab#expect <<one>> >= <<one>>
lab#expect <<one>> <= 0x1
lab#expect <<zero>> > <<one>>
% 0 > 1 does not hold
lab#expect <<one>> + 5 < <<zero>> + 2
% 1 + 5 < 0 + 2 does not hold (6 < 2)
lab#expect 1 >
% a number is missing
lab#expect one > 2
% 'one' is no number
EOF
t 'expect: hexadecimal numbers without a letter' 0 '' <<'EOF'
R1#show clock
13:00:00.000 UTC Fri Mar 13 <<year:hex>>
lab#expect <<year>> = 8213
lab#expect <<year:int>> = 0x2015
R1#show interfaces gi0/0 | include <<year>>
EOF
t 'expect that does not hold fails' 1 '^\+% 1 > 2 does not hold' <<'EOF'
lab#expect 1 > 2
EOF
t 'connect' 0 '' <<'EOF'
lab#connect R1
R1#show clock
13:00:00.000 UTC Fri Mar 13 2015
lab#connect lab
lab#connect SW
% SW is no router
EOF
t 'logged out, and there again' 0 '' <<'EOF'
R1#exit
R1#show clock
13:00:00.000 UTC Fri Mar 13 2015
EOF
t 'power: out of configuration, nothing saved' 0 '' <<'EOF'
R1#configure terminal
...
R1(config)#hostname other
R1(config)#interface gi0/0
R1(config-if)#description lost
lab#power R1 off
R1(config-if)#
R1(config-if)#show clock
% R1 is switched off
lab#power R1 off
% R1 is off already
lab#power R1 on
edge1#
...
%SYS-5-RESTART: System restarted --
inspire, version <<_>>
R1#show running-config | include hostname|lost
hostname edge1
EOF
t 'snapshot and restore: names, verdicts, several times, older ones' 0 '19 commands' <<'EOF'
lab#snapshot one
lab#wait 10s
R1#show clock
13:00:<<s:int>>.000 UTC Fri Mar 13 2015
lab#snapshot two
lab#wait 10s
lab#restore one
R1#show clock
13:00:00.000 UTC Fri Mar 13 2015
lab#expect <<s>> = 10
lab#restore one
R1#configure terminal
...
R1(config)#hostname another
lab#restore two
edge1#show clock
13:00:10.000 UTC Fri Mar 13 2015
lab#restore one
R1#show clock
13:00:00.000 UTC Fri Mar 13 2015
lab#restore none
% no snapshot is called 'none'
lab#restore two
R1#show clock
13:00:10.000 UTC Fri Mar 13 2015
R1#show running-config | include hostname
hostname edge1
EOF
t 'snapshot and restore: faults before and behind' 1 'x.txt:2: R1#show clock' <<'EOF'
lab#snapshot one
R1#show clock
never
lab#restore one
R1#show bogus
lab#restore one
R1#show clock
13:00:00.000 UTC Fri Mar 13 2015
EOF
[ "$(grep -c '^x.txt:' out)" = 2 ] || fail 'two faults around restores'
t 'log lines after a restore' 0 '' <<'EOF'
lab#snapshot one
lab#link SW:port1 down
R1#
%LINK-3-UPDOWN: Interface GigabitEthernet0/0, changed state to down
lab#restore one
lab#link SW:port1 down
R1#
%LINK-3-UPDOWN: Interface GigabitEthernet0/0, changed state to down
EOF
t 'captures go back' 0 '' <<'EOF'
lab#capture R1:Gi0/0 short.pcapng
R1#ping 10.0.0.2 repeat 1
...
lab#snapshot one
R1#ping 10.0.0.2 repeat 50
...
lab#restore one
lab#no capture R1:Gi0/0
EOF
t 'captures go back: the same without' 0 '' <<'EOF'
lab#capture R1:Gi0/0 same.pcapng
R1#ping 10.0.0.2 repeat 1
...
lab#no capture R1:Gi0/0
EOF
cmp short.pcapng same.pcapng >out 2>&1
status=$?
said 'captures go back: to the same length' 0 ''

# ---- a pipe ----
pipe 'pipe: what a console shows' 0 '^edge1#show clock$' <<'EOF'
wait 1s
  ! a remark

connect R1
show clock
configure terminal
interface gi0/0
^Z
connect lab
EOF
pipe 'pipe: no end of line' 0 '^lab#$' <<'EOF'
wait 1s

EOF
for c in 'bogus' 'wait' 'expect 1 > 2' 'connect SW' 'restore none' 'link SW:port9 up' 'link R1:Gi0/0 impair' 'link R1:Gi0/0 impair loss 200%' \
    'traffic H1 R1 rate 1Mbps size 100' 'traffic H1 H2 rate 1Mbps size 10' 'fault R1:Gi0/0 drop' 'fault R9:Gi0/0 drop any' \
    'forge SW:port1 esp from 1.1.1.1 to 2.2.2.2' 'power SW off' 'no capture R1:Gi0/0' 'set R1 nothing 1' 'show node R9' 'show'; do
	pipe "pipe: refused: $c" 1 '13:00:00.000 UTC Fri Mar 13 2015 \(virtual\)' <<EOF
$c
show clock
EOF
done
for c in 'wait R1 "never" within 1s' 'show ?' 'link R1:Gi0/0 impair loss 10% delay 20ms jitter 5ms duplicate 1% reorder 1% corrupt 1% rate 10Mbps' \
    'link edge1:GigabitEthernet0/0 impair clear' 'traffic H1 H2 rate 2Mbps size 1400 for 30s' 'fault R1:Gi0/0 delay 2s esp spi 0x1234ABCD skip 1 count 2' \
    'fault R1:Gi0/0 duplicate ike quick message 3' 'no fault R1:Gi0/0' 'forge R1:Gi0/0 esp from 1.2.3.0/24 to 10.0.0.1 spi random count 5 rate 10' \
    'no forge R1:Gi0/0' 'power R1 off' 'set R1 tunnel-retry 30s' 'snapshot a' 'capture R1:Gi0/0 p.pcapng' 'show links' 'sh top'; do
	pipe "pipe: understood: $c" 0 '' <<EOF
$c
EOF
done
pipe 'pipe: --start' 0 '01:02:03.000 UTC Sat Feb 29 2020' --start 2020-02-29T01:02:03 <<'EOF'
show clock
EOF
pipe 'pipe: the real clock' 0 '\(real\)' --clock real <<'EOF'
wait 200ms
show clock
EOF
pipe 'pipe: the real clock from a date on' 0 '01:02:03.2.*Feb 29 2020 \(real\)' --clock real --start 2020-02-29T01:02:03 <<'EOF'
wait 200ms
show clock
EOF
pipe 'pipe: --seed' 0 'seed 9' --seed 9 <<'EOF'
show topology
EOF
pipe 'pipe: a bad clock' 2 'expected real or virtual' --clock fast <<'EOF'
x
EOF
"$inspire" lab nolab.yml >out 2>&1 </dev/null
status=$?
said 'pipe: no such topology' 2 'nolab.yml'

# ---- recordings ----
cat >in <<'EOF'
connect nobody
link SW:port1 down
wait 3s
con R1
show logging | include UPDOWN
show running-config
configure terminal
bogus line
interface gi0/1
shutdown
hostname other
end
exit
link SW:port1 up
connect R2
ping 10.0.0.1 repeat 3
ping 10.0.0.77 repeat 3
show ?
  show bogus
show clock | include UTC
copy running-config startup-config

reload

connect lab
snapshot one
wait 10s
restore one
power R1 off
power R1 on
EOF
mkdir -p there
for f in rec.txt there/rec.txt there/rec.md; do
	"$inspire" lab --record $f --seed 4 lab.yml <in >out 2>&1
	"$inspire" test $f >out 2>&1
	status=$?
	said "recorded: $f" 0 '^ok'
done

# ---- the same bytes ----
for i in 1 2; do
	"$inspire" test --show there/rec.txt >show$i 2>/dev/null
	"$inspire" lab --seed 4 lab.yml <in >pipe$i 2>/dev/null
done
cmp show1 show2 >out 2>&1
status=$?
said 'twice the same transcript' 0 ''
cmp pipe1 pipe2 >out 2>&1
status=$?
said 'twice the same pipe' 0 ''
finish
