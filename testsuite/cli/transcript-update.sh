#!/bin/sh
# `inspire test --update`: what it rewrites, what it leaves, and that it settles.
. "${srcdir:-.}/testsuite/cli/harness.sh"

# update NAME STATUS: x.txt from standard input is rewritten; a second rewriting changes nothing; it is then as the
# text behind the line `====` says.
update() {
	awk -v f=x.txt '/^====$/ { f = "after"; next } { print > f }'
	"$inspire" test --topology lab.yml --update x.txt >out 2>&1
	status=$?
	cp x.txt once
	said "$1: status" "$2" ''
	"$inspire" test --topology lab.yml --update x.txt >out 2>&1
	status=$?
	said "$1: again" "$2" ''
	diff once x.txt >out 2>&1
	status=$?
	said "$1: settles" 0 ''
	diff after x.txt >out 2>&1
	status=$?
	said "$1: as expected" 0 ''
}

update 'nothing to do' 0 <<'EOF'
---
seed: 3
---
R1#show clock <=== time
...
  R1# show clock
13:00:00.000   UTC Fri Mar 13 2015
====
---
seed: 3
---
R1#show clock <=== time
...
  R1# show clock
13:00:00.000   UTC Fri Mar 13 2015
EOF
update 'a line that differs, with its annotation; one too many; one too few' 0 <<'EOF'
!--- Before.
R1#show clock
14:00:00.000 UTC Fri Mar 13 2015   <--- two o'clock
and more <=== of it
!--- Between.

R1#show ip interface brief | include GigabitEthernet0
GigabitEthernet0/0 10.0.0.1 YES NVRAM up up
R1#show clock
====
!--- Before.
R1#show clock
13:00:00.000 UTC Fri Mar 13 2015   <--- two o'clock
!--- of it
!--- Between.

R1#show ip interface brief | include GigabitEthernet0
GigabitEthernet0/0 10.0.0.1 YES NVRAM up up
GigabitEthernet0/1         192.168.1.1     YES NVRAM  up                    up
R1#show clock
13:00:00.000 UTC Fri Mar 13 2015
EOF
update 'holes that still match' 0 <<'EOF'
R1#show ip interface brief | include 0/0
<<if>>/0 <<a:ip>> NO <<how>> down <<_:line>>
R1#show ip interface brief | include 0/1
<<if>>/1 <<a:ip>> YES <<how>> up <<_>>
R1#show clock
<<t:time>> UTC <<day>> Mar <<n:int>> 2016
R1#show clock
<<t>> UTC <<_:line>>
====
R1#show ip interface brief | include 0/0
<<if>>/0         <<a:ip>>        YES <<how>>  up                    <<_:line>>
R1#show ip interface brief | include 0/1
<<if>>/1         192.168.1.1     YES <<how>>  up                    <<_>>
R1#show clock
<<t:time>> UTC <<day>> Mar <<n:int>> 2015
R1#show clock
<<t>> UTC <<_:line>>
EOF
update 'omissions' 0 <<'EOF'
lab#show topology
Lab three, seed 1, virtual clock
...
R1:GigabitEthernet0/1 -- H1:eth2, up
R2:GigabitEthernet0/1 -- H2:eth1, up
lab#show topology
...
H1 switch on
(snip)
lab#show topology
...
====
lab#show topology
Lab two, seed 1, virtual clock
...
R1:GigabitEthernet0/1 -- H1:eth1, up
R2:GigabitEthernet0/1 -- H2:eth1, up
lab#show topology
...
(snip)
lab#show topology
...
EOF
update 'log lines: their times stay, unwritten ones stay unwritten' 0 <<'EOF'
---
timeout: 5s
---
lab#link SW:port1 down
R1#
*Mar  1 00:00:07: %LINEPROTO-5-UPDOWN: Line protocol on Interface Ethernet0/0, changed state to down <--- see
*Mar  1 00:00:08: %NO-1-SUCH: thing at all
R1#show clock
13:00:05.000 UTC Fri Mar 13 2015
====
---
timeout: 5s
---
lab#link SW:port1 down
R1#
*Mar  1 00:00:07: %LINEPROTO-5-UPDOWN: Line protocol on Interface GigabitEthernet0/0, changed state to down <--- see
R1#show clock
13:00:00.000 UTC Fri Mar 13 2015
EOF
update 'log lines: holes and heads' 0 <<'EOF'
R1#
<<t:time>>: %LINK-3-UPDOWN: Interface <<if>>, changed state to down
*<<t2:time>>: %SYS-5-RESTART: System booted --
another, version <<v>>
====
R1#
<<t:time>>: %LINK-3-UPDOWN: Interface <<if>>, changed state to up
*<<t2:time>>: %SYS-5-RESTART: System restarted --
inspire, version <<v>>
EOF
update 'output that would be read as something else' 0 <<'EOF'
R1#ping 10.0.0.9 repeat 3 timeout 1
  edge1#show bogus
R1#copy running-config startup-config
Destination filename [startup-config]?
R1#show logging | include from memory
====
R1#ping 10.0.0.9 repeat 3 timeout 1
Type escape sequence to abort.
Sending 3, 100-byte ICMP Echos to 10.0.0.9, timeout is 1 seconds:
\...
Success rate is 0 percent (0/3)
  edge1#show bogus
             ^
  % Invalid input detected at '^' marker.
R1#copy running-config startup-config
Destination filename [startup-config]?
Building configuration...
[OK]
R1#show logging | include from memory
\Mar 13 13:00:00.000: %SYS-5-CONFIG_I: Configured from memory by console
EOF
update 'match: exact' 0 <<'EOF'
---
match: exact
---
R1#show ip interface brief | include 0/1
GigabitEthernet0/1   <<a:ip>>  YES NVRAM down up
====
---
match: exact
---
R1#show ip interface brief | include 0/1
GigabitEthernet0/1         <<a:ip>>     YES NVRAM  up                    up      
EOF
update 'wrapped lines that fit stay' 0 <<'EOF'
R1#show logging | include Exception|restarted|0/0
    Exception Logging: size (8192 bytes)
Mar 13 13:00:00.000: %LINK-3-UPDOWN: Interface GigabitEthernet0/0, changed
state to up
Mar 13 13:00:00.000: %LINEPROTO-5-UPDOWN: Line protocol on Interface GigabitE
thernet0/0, changed state to up
Mar 13 13:00:00.000: %SYS-5-RESTART: System is restarted --
====
R1#show logging | include Exception|restarted|0/0
    Exception Logging: size (4096 bytes)
Mar 13 13:00:00.000: %LINK-3-UPDOWN: Interface GigabitEthernet0/0, changed
state to up
Mar 13 13:00:00.000: %LINEPROTO-5-UPDOWN: Line protocol on Interface GigabitE
thernet0/0, changed state to up
Mar 13 13:00:00.000: %SYS-5-RESTART: System restarted --
EOF
update 'what is no expected line stays' 1 <<'EOF'
R1(config)#show clock
13:00:00.000 UTC Fri Mar 13 2015
R1#reload
====
R1(config)#show clock
13:00:00.000 UTC Fri Mar 13 2015
R1#reload
EOF
finish
