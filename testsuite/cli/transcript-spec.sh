#!/bin/sh
# The transcript form, sentence by sentence: what must pass passes, what must not fails with its exit status
# and says so with file and line.
. "${srcdir:-.}/testsuite/cli/harness.sh"

# ---- files ----
md 'Markdown: console blocks count, in order, in one lab' 0 '3 commands' <<'EOF'
# Prose
R1#no such command in prose
```console
R1#terminal length 0
```
```
R1#nor here
```
~~~text
R1#nor here
~~~
~~~ console lab
R1#terminal length 0
~~~
````console-session
R1#terminal length 0
````
EOF
md 'Markdown: the current router carries over' 0 '' <<'EOF'
```console
R1#configure terminal
Enter configuration commands, one per line.  End with CNTL/Z.
R1(config)#end
R1#
```
```console
Mar 13 13:00:00.000: %SYS-5-CONFIG_I: Configured from console by console
```
EOF
t 'text: prose is output that did not come' 1 'x.txt:1: R1#terminal length 0' <<'EOF'
R1#terminal length 0
And now some prose.
EOF
t 'text: prose before any prompt' 2 '^x.txt:1: ' <<'EOF'
Some prose.
R1#terminal length 0
EOF
t 'text: prose after !---' 0 '' <<'EOF'
!--- Some prose.
   !--- Some more.
R1#terminal length 0
!--- Some prose.
EOF
printf '\357\273\277R1#show clock\r\n13:00:00.000 UTC Fri Mar 13 2015\r\n' >in
t 'CR and a BOM are dropped' 0 '' <in
printf '\302\240R1#\343\200\200show\302\240clock\302\240\r\n13:00:00.000\302\240UTC \343\200\200Fri Mar 13 2015\t\n' >in
t 'wide blanks are blanks' 0 '1 commands' <in
t 'a missing file' 2 'no.txt: No such file' no.txt </dev/null
t 'nothing in it' 2 'x.txt:1: no command' </dev/null
t 'a bare prompt is enough' 0 '' <<'EOF'
R1#
EOF
t 'a bare prompt is held' 1 '^\+edge1#' <<'EOF'
R1(config)#
EOF

# ---- front matter ----
front 'topology beside the transcript' 0 '' <<'EOF'
---
topology: lab.yml
---
R1#terminal length 0
EOF
mkdir -p sub
printf -- '---\ntopology: ../lab.yml\n---\nR1#terminal length 0\n' >sub/y.txt
"$inspire" test sub/y.txt >out 2>&1
status=$?
said 'topology relative to the file' 0 ''
front 'no topology' 2 'x.txt: no topology' <<'EOF'
R1#terminal length 0
EOF
front 'a topology that is not there' 2 'nolab.yml' <<'EOF'
---
topology: nolab.yml
---
R1#terminal length 0
EOF
t 'seed and start' 0 '' <<'EOF'
---
seed: 77
start: 2016-02-29T23:59:59
---
lab#show topology
Lab two, seed 77, virtual clock
...
R1#show clock
23:59:59.000 UTC Mon Feb 29 2016
EOF
t '--seed goes before the front matter' 0 '' --seed 5 <<'EOF'
---
seed: 77
---
lab#show topology
Lab two, seed 5, virtual clock
...
EOF
t 'default start and seed' 0 '' <<'EOF'
lab#show topology
Lab two, seed 1, virtual clock
...
R1#show clock
13:00:00.000 UTC Fri Mar 13 2015
EOF
for pair in 'sede: 1' 'seed: x' 'seed: -1' 'start: noon' 'start: 2015-02-30T00:00:00' 'start: 2015-13-01T00:00:00' 'clock: slow' \
    'timeout: 0s' 'timeout: 5' 'timeout: soon' 'match: word' 'logs: none' 'times: 100' 'times: never' 'seed: [1]' 'seed: {a: 1}' 'just words' 'a: b: c' '"open'; do
	t "front matter: $pair" 2 '^x.txt:3: ' <<EOF
---
logs: some
$pair
---
R1#terminal length 0
EOF
done
t 'front matter: a key twice' 2 '^x.txt:3: .*twice' <<'EOF'
---
seed: 1
seed: 1
---
R1#terminal length 0
EOF
t 'front matter: not closed' 2 '^x.txt:1: ' <<'EOF'
---
seed: 1
R1#terminal length 0
EOF
t 'front matter: empty' 0 '' <<'EOF'
---
---
R1#terminal length 0
EOF
t 'front matter: comments, quotes' 0 '' <<'EOF'
---
# a comment
seed: "3"   # three
match: words
times: 0ms
---
R1#terminal length 0
EOF
t 'clock: real' 0 '' <<'EOF'
---
clock: real
---
lab#show clock
<<_:time>> UTC Fri Mar 13 2015 (real)
lab#wait 200ms
EOF
t 'timeout: a log line' 1 '0.00[0-9] s|timeout|^-' <<'EOF'
---
timeout: 2s
---
lab#link SW:port1 down
R1#
*Mar 13 13:00:02.000: %NO-5-SUCH: message
EOF
t 'timeout: a command that does not end' 1 'did not end' <<'EOF'
---
timeout: 1s
---
R1#ping 10.0.0.9 repeat 5
...
EOF
t 'timeout: a wait is as long as it is' 0 '' <<'EOF'
---
timeout: 1s
---
lab#wait 30s
R1#show clock
13:00:30.000 UTC Fri Mar 13 2015
EOF
t 'timeout: counted anew from the line matched before' 0 '' <<'EOF'
---
timeout: 10s
---
R1#configure terminal
Enter configuration commands, one per line.  End with CNTL/Z.
R1(config)#interface GigabitEthernet0/1
R1(config-if)#shutdown
R1(config-if)#
Mar 13 13:00:02.000: %LINK-5-CHANGED: Interface GigabitEthernet0/1, changed state to administratively down
Mar 13 13:00:03.000: %LINEPROTO-5-UPDOWN: Line protocol on Interface GigabitEthernet0/1, changed state to down
EOF
t 'match: words' 0 '' <<'EOF'
R1#show clock
  13:00:00.000    UTC Fri Mar     13 2015
EOF
t 'match: exact, right' 0 '' <<'EOF'
---
match: exact
---
R1#show clock
13:00:00.000 UTC Fri Mar 13 2015
R1#show ip interface brief | include 0/1
GigabitEthernet0/1         192.168.1.1     YES NVRAM  up                    up      
R1#show ip interface brief | include 0/1
GigabitEthernet0/1   <<a:ip>>   YES <<_>> up                    up      
R1#show ip interface brief | include 0/1
  <<i>> <<a:ip>>  <<_:line>>
EOF
t 'match: exact, a blank too many' 1 '^-13:00:00.000  UTC' <<'EOF'
---
match: exact
---
R1#show clock
13:00:00.000  UTC Fri Mar 13 2015
EOF

# ---- prompts ----
t 'prompts: node name or hostname' 0 '4 commands' <<'EOF'
R1#terminal length 0
edge1#terminal length 0
  edge1# terminal length 0  
	R1#	terminal length 0
EOF
t 'prompts: another router' 2 "^x.txt:2: 'R9'" <<'EOF'
R1#terminal length 0
R9#terminal length 0
EOF
t 'prompts: of a switch' 2 "^x.txt:1: 'SW'" <<'EOF'
SW#terminal length 0
EOF
t 'prompts: case matters' 2 "^x.txt:1: 'r1'" <<'EOF'
r1#terminal length 0
EOF
t 'prompts: mode' 1 '^-R1\(config-if\)#' <<'EOF'
R1#configure terminal
...
R1(config-if)#exit
EOF
t 'prompts: sign' 1 '^-R1>' <<'EOF'
R1>terminal length 0
EOF
t 'prompts: user exec' 0 '' <<'EOF'
R1#disable
R1>show clock
13:00:00.000 UTC Fri Mar 13 2015
R1>enable
R1#
EOF
t 'prompts: hostname changes' 0 '' <<'EOF'
R1#configure terminal
...
R1(config)#host a-very-long-name-for-a-router
a-very-long-name-for(config)#
a-very-long-name-for(config)#interface gi0/0
a-very-long-name-for(config-if)#end
a-very-long-name-for-a-router#show clock
...
R1#show clock
...
EOF
t 'prompts: a name that is no more' 1 'edge1' <<'EOF'
R1#configure terminal
...
R1(config)#hostname other
edge1(config)#end
EOF
t 'prompts: lab has one mode' 1 '^\+lab#' <<'EOF'
lab(config)#wait 1s
EOF
t 'arrows are no prompts' 1 '^-H1->H2' <<'EOF'
R1#show clock
H1->H2
...
EOF
t 'typed at once: prompt and annotation' 0 '1 commands' <<'EOF'
R1# <=== here
R1#show clock <--- and now
13:00:00.000 UTC Fri Mar 13 2015 <=== one o'clock
R1#   <--- again
EOF

# ---- output ----
t 'output: a line is missing' 1 '^-13:00:00.000' <<'EOF'
R1#terminal length 0
13:00:00.000 UTC Fri Mar 13 2015
EOF
t 'output: a line too many came' 1 '^\+13:00:00.000' <<'EOF'
R1#show clock
EOF
t 'output: order' 1 '' <<'EOF'
lab#show topology
SW                  switch    on
R1                  router    on
...
EOF
t 'output: before any command' 1 '^-stray' <<'EOF'
R1#
stray
EOF
t 'output: under a bare prompt is the last commands' 0 '' <<'EOF'
R1#show clock
R2#
13:00:00.000 UTC Fri Mar 13 2015
EOF
for o in '...' '…' '[...]' '(omitted)' '(snip)' '(中略)' '(略)' '  ...  ' '... <--- cut'; do
	t "omission $o" 0 '' <<EOF
R1#show ip interface brief
Interface<<_:line>>
$o
GigabitEthernet0/1<<_:line>>
$o
R1#terminal length 0
$o
EOF
done
t 'omission: only alone' 1 '' <<'EOF'
R1#show ip interface brief
... and so on
EOF
t 'backslash: literal dots, holes, marks' 1 '' <<'EOF'
R1#show clock
\<<_:line>>
EOF
t 'backslash: a line' 0 '' <<'EOF'
R1#show clock
\13:00:00.000 UTC Fri Mar 13 2015
R1#ping 10.0.0.9 repeat 3 timeout 1
Type escape sequence to abort.
Sending 3, 100-byte ICMP Echos to 10.0.0.9, timeout is 1 seconds:
\...
Success rate is 0 percent (0/3)
EOF
t 'dots are an omission otherwise' 0 '' <<'EOF'
R1#ping 10.0.0.9 repeat 3 timeout 1
...
Success rate is 0 percent (0/3)
EOF
t 'marker: its column' 0 '' <<'EOF'
edge1#show bogus
           ^
% Invalid input detected at '^' marker.
  edge1#show bogus
             ^
% Invalid input detected at '^' marker.
R1#show bogus
        ^
% Invalid input detected at '^' marker.
R1#show bogus
           ^
% Invalid input detected at '^' marker.
edge1#  show bogus
             ^
% Invalid input detected at '^' marker.
EOF
t 'marker: one off' 1 '' <<'EOF'
edge1#show bogus
            ^
% Invalid input detected at '^' marker.
EOF

# ---- questions ----
t 'questions: answered' 0 '' <<'EOF'
R1#copy running-config startup-config
Destination filename [startup-config]? 
Building configuration...
[OK]
R1#clear counters
Clear "show interface" counters on all interfaces [confirm]
R1#clear logging
Clear logging buffer [confirm]y
R1#reload
Proceed with reload? [confirm]n
R1#show clock
13:00:00.000 UTC Fri Mar 13 2015
EOF
t 'questions: not written' 1 '^\+Proceed with reload' <<'EOF'
R1#reload
R1#show clock
13:00:00.000 UTC Fri Mar 13 2015
EOF
t 'questions: not asked' 1 '^-Proceed with reload' <<'EOF'
R1#show clock
13:00:00.000 UTC Fri Mar 13 2015
Proceed with reload? [confirm]
EOF
t 'questions: reload' 0 '' <<'EOF'
R1#reload
Proceed with reload? [confirm]
R1#
*Mar 13 13:00:00.000: %SYS-5-RESTART: System restarted --
inspire, version <<_>>
EOF

# ---- log lines ----
down='Line protocol on Interface GigabitEthernet0/0, changed state to down'
for head in 'Mar 13 13:00:00.000' '*Mar 13 13:00:00.000' '.Mar  3 13:00:00.000' 'Mar 13 2015 13:00:00.000' 'Mar 13 13:00:00' \
    '*Mar 13 13:00:00.000 UTC' '000049: *Mar 13 13:00:00.000' '000049: 00:04:12' '00:04:12' '1d02h' '3w4d' '<<t:time>>' '000049: <<t:time>>' '*<<t:time>>'; do
	t "log head $head" 0 '' <<EOF
lab#link SW:port1 down
R1#
$head: %LINEPROTO-5-UPDOWN: $down
EOF
done
t 'log line without a head' 0 '' <<EOF
lab#link SW:port1 down
R1#
%LINEPROTO-5-UPDOWN: $down
EOF
t 'log line: other words' 1 '^-%LINEPROTO-5-UPDOWN: nothing' <<'EOF'
lab#link SW:port1 down
R1#
%LINEPROTO-5-UPDOWN: nothing
EOF
t 'log line: of another router' 1 '^-%LINEPROTO' <<EOF
lab#link SW:port1 down
R2#
%LINEPROTO-5-UPDOWN: $down
EOF
t 'log line under lab#' 2 '^x.txt:2: ' <<EOF
lab#link SW:port1 down
%LINEPROTO-5-UPDOWN: $down
EOF
t 'log line before any prompt' 2 '^x.txt:1: ' <<EOF
%LINEPROTO-5-UPDOWN: $down
R1#
EOF
t 'log line: not before the last command' 1 '' <<EOF
lab#link SW:port1 down
lab#wait 1s
R1#terminal length 0
%LINEPROTO-5-UPDOWN: $down
EOF
t 'log line: interleaved, order by router' 0 '' <<EOF
R1#
%LINK-3-UPDOWN: Interface GigabitEthernet0/0, changed state to up
R2#
%LINK-3-UPDOWN: Interface GigabitEthernet0/0, changed state to up
R1#
%LINK-3-UPDOWN: Interface GigabitEthernet0/1, changed state to up
R2#
%LINK-3-UPDOWN: Interface GigabitEthernet0/1, changed state to up
R1#
%SYS-5-RESTART: System restarted --
inspire, version <<_>>
R2#
%SYS-5-RESTART: System restarted --
inspire, version <<_>>
EOF
t 'log line: wrong order of one router' 1 '^-%LINK' <<EOF
R1#configure terminal
...
R1(config)#interface gi0/1
R1(config-if)#shutdown
%LINEPROTO-5-UPDOWN: Line protocol on Interface GigabitEthernet0/1, changed state to down
%LINK-5-CHANGED: Interface GigabitEthernet0/1, changed state to administratively down
EOF
t 'log line: one that does not come, the next is sought from there' 1 '^-%NO-1-SUCH' <<EOF
---
timeout: 5s
---
lab#link SW:port1 down
R1#
%NO-1-SUCH: message
%LINEPROTO-5-UPDOWN: $down
EOF
if grep -q '^-%LINEPROTO' out; then fail 'the next line was lost too'; fi
t 'log lines and output under one command' 0 '' <<'EOF'
R1#configure terminal
Enter configuration commands, one per line.  End with CNTL/Z.
R1(config)#end
%SYS-5-CONFIG_I: Configured from console by console
EOF
t 'logs: all, one unwritten' 1 '^\+Mar 13 .*%LINK-' <<'EOF'
---
logs: all
---
R1#configure terminal
...
R1(config)#interface gi0/1
R1(config-if)#shutdown
%LINEPROTO-5-UPDOWN: Line protocol on Interface GigabitEthernet0/1, changed state to down
EOF
t 'logs: all, an omission' 0 '' <<'EOF'
---
logs: all
---
R1#configure terminal
...
R1(config)#interface gi0/1
R1(config-if)#shutdown
R1(config-if)#
...
%LINEPROTO-5-UPDOWN: Line protocol on Interface GigabitEthernet0/1, changed state to down
EOF
t 'times: within' 0 '' <<'EOF'
---
times: 10ms
---
R1#configure terminal
...
R1(config)#interface gi0/1
R1(config-if)#shutdown
Mar 13 14:00:00.000: %LINK-5-CHANGED: Interface GigabitEthernet0/1, changed state to administratively down
Mar 13 14:00:00.005: %LINEPROTO-5-UPDOWN: Line protocol on Interface GigabitEthernet0/1, changed state to down
EOF
t 'times: outside' 1 'gap' <<'EOF'
---
times: 10ms
---
R1#configure terminal
...
R1(config)#interface gi0/1
R1(config-if)#shutdown
Mar 13 14:00:00.000: %LINK-5-CHANGED: Interface GigabitEthernet0/1, changed state to administratively down
Mar 13 14:00:00.500: %LINEPROTO-5-UPDOWN: Line protocol on Interface GigabitEthernet0/1, changed state to down
EOF
t 'times: a hole is exempt' 0 '' <<'EOF'
---
times: 10ms
---
R1#configure terminal
...
R1(config)#interface gi0/1
R1(config-if)#shutdown
Mar 13 14:00:00.000: %LINK-5-CHANGED: Interface GigabitEthernet0/1, changed state to administratively down
<<t:time>>: %LINEPROTO-5-UPDOWN: Line protocol on Interface GigabitEthernet0/1, changed state to down
EOF
t 'log wrapped after column 75' 0 '' <<'EOF'
R1#configure terminal
...
R1(config)#interface gi0/1
R1(config-if)#shutdown
Mar 13 13:00:00.000: %LINK-5-CHANGED: Interface GigabitEthernet0/1, changed
state to administratively down
Mar 13 13:00:01.000: %LINEPROTO-5-UPDOWN: Line protocol on Interface GigabitE
thernet0/1, changed state to down
EOF
t 'log wrapped too early' 1 '' <<'EOF'
R1#configure terminal
...
R1(config)#interface gi0/1
R1(config-if)#shutdown
Mar 13 13:00:00.000: %LINK-5-CHANGED: Interface GigabitEthernet0/1,
changed state to administratively down
EOF
t 'log wrapped: the mark at the end is not of its width' 1 '' <<'EOF'
R1#configure terminal
...
R1(config)#interface gi0/1
R1(config-if)#shutdown
Mar 13 13:00:00.000: %LINK-5-CHANGED: Interface  <--- a long mark at the end of it
GigabitEthernet0/1, changed state to administratively down
EOF

# ---- show with log times ----
t 'show logging: lines are output' 0 '' <<'EOF'
R1#configure terminal
...
R1(config)#end
R1#sh logg | inc from console
*Feb  1 11:11:11.111: %SYS-5-CONFIG_I: Configured from console by console
R1#configure terminal
...
R1(config)#do sh logg | inc from console
Mar 13 13:00:00.000: %SYS-5-CONFIG_I: Configured from console by console
R1(config)#do show logging | include from console
<<t:time>>: %SYS-5-CONFIG_I: Configured from console by console
R1(config)#end
R1#
%SYS-5-CONFIG_I: Configured from console by console
R1#show clock
13:00:00.000 UTC Fri Mar 13 2015
EOF
t 'show logging: all of them' 1 '' <<'EOF'
R1#configure terminal
...
R1(config)#end
R1#configure terminal
...
R1(config)#end
R1#show logging | include from console
*Feb  1 11:11:11.111: %SYS-5-CONFIG_I: Configured from console by console
EOF
t 'show logging: none waited for' 1 '^\+Mar .*%LINK-3' <<'EOF'
lab#link SW:port1 down
R1#show logging | include UPDOWN.*to down
Mar 13 13:00:00.000: %LINEPROTO-5-UPDOWN: Line protocol on Interface GigabitEthernet0/0, changed state to down
EOF
t 'show clock: a hole of kind time at the start' 0 '' <<'EOF'
R1#show clock
<<t:time>> UTC Fri Mar 13 2015
lab#show clock
<<t>> UTC Fri Mar 13 2015 (virtual)
EOF

# ---- keys and help ----
t 'keys' 0 '' <<'EOF'
R1#configure terminal
...
R1(config)#interface gi0/0
R1(config-if)#^Z
R1#configure terminal
...
R1(config)#^C
R1#
EOF
t 'help' 0 '' <<'EOF'
R1#show clo?
clock
R1#show clock ?
  detail  <<_:line>>
  |       <<_:line>>
  <cr>
R1#terminal length 0
EOF

# ---- holes ----
t 'holes: numbers are numbers' 0 '' <<'EOF'
lab#wait R1 "never" within <<1 60s
...
R1#show ip interface brief | include 0/0
<<if>> 10.0.0.<<n:int>> <<_:line>>
lab#expect <<n>> = 1
lab#expect <<n:hex>> = 0x1
R1#ping 10.0.0.<<n>> repeat <<n:int>>
...
EOF
t 'holes: the same name, other text' 1 '^-<<a:ip>> <<a' <<'EOF'
R1#show ip interface brief | include 0/0
Giga<<_>> <<a:ip>> <<_:line>>
R1#show ip interface brief | include 0/1
Giga<<_>> <<a:ip>> <<_:line>>
R1#show clock
<<a:ip>> <<a>>
EOF
for hole in '<<x' '<<x:>>' '<<x:float>>' '<<x:/a(/>>' '<<x:/a' '<<x>><<y>>' '<<x y>>' '<<_' '<<_:bad>>'; do
	t "malformed hole $hole" 2 '^x.txt:2: ' <<EOF
R1#show clock
$hole
EOF
	t "malformed hole $hole in a log line" 2 '^x.txt:2: ' <<EOF
R1#terminal length 0
Mar 13 13:00:00.000: $hole
EOF
done
for hole in '<<x' '<<x:float>>' '<<_>>' '<<x>>'; do
	t "hole in a command $hole" 2 '^x.txt:1: ' <<EOF
R1#show $hole
EOF
done
t 'other << is text' 1 '^-a << b <<1 <<<>>' <<'EOF'
R1#show clock
a << b <<1 <<<>>
EOF
t 'a name that no line kept' 1 'kept' <<'EOF'
R1#show clock
nothing <<x>>
R1#show <<x>>
...
EOF
t 'a name keeps the kind of its first use' 0 '' <<'EOF'
R1#show clock
<<all:/.*Fri/>> <<_:line>>
R1#show clock
<<all>> Mar <<_:/1./>> 2015
R1#show clock
<<t:time>> UTC <<_:line>>
R1#show clock
<<t>> UTC Fri Mar <<d:int>> <<y>>
R1#show clock
<<t>> UTC Fri Mar <<d>> <<y:int>>
EOF
t 'names are kept only when the whole line fits' 1 '' <<'EOF'
R1#show clock
<<x>> nothing
R1#show clock
<<x:/.*2015/>>
EOF
if [ "$(grep -c 'x.txt:' out)" != 1 ]; then fail 'a name was kept of a line that did not fit'; fi

# ---- the verdict ----
t 'verdict: unified diff' 1 '^@@ -5,1 \+5,1 @@' <<'EOF'
R1#terminal length 0

R1#terminal length 0
R1#show clock
14:00:00.000 UTC Fri Mar 13 2015
EOF
t 'tap' 0 '^ok 1 - x.txt' --format tap <<'EOF'
R1#terminal length 0
EOF
t 'tap: not ok' 1 '^not ok 1 - x.txt' --format tap <<'EOF'
R1#show clock
EOF
t 'junit' 1 '<failure' --format junit <<'EOF'
R1#show clock
"<&>" ]]>
EOF
"$inspire" test --topology lab.yml --format junit x.txt >out 2>/dev/null
if command -v python3 >/dev/null && ! python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse("out")'; then fail 'junit: not well-formed'; fi
t 'an unknown format' 2 'expected pretty, tap or junit' --format xml <<'EOF'
R1#terminal length 0
EOF
t 'a bad seed' 2 'expected a number' --seed many <<'EOF'
R1#terminal length 0
EOF
finish
