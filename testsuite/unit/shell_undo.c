/*
 * Every row of the configuration that has a `no` form, walked: the line is taken, shows in the running
 * configuration, prints back to itself, changes nothing when typed twice, and each of its `no` and `default`
 * forms leaves the configuration as it was before.  A row without a line here fails the test.
 */

#include <stdlib.h>
#include <string.h>

#include "engine/flash.h"
#include "lib/mem.h"
#include "shell/args.h"
#include "shell/grammar.h"
#include "testsuite/unit/shell_bench.h"
#include "testsuite/unit/shell_test.h"

/* What the lines refer to. */
static const char base[] =
    "hostname Router1\n"
    "aaa new-model\n"
    "aaa authentication login USERS local\n"
    "aaa authorization network GROUPS local\n"
    "username one secret 0 word\n"
    "ipv6 unicast-routing\n"
    "crypto pki trustpoint TP\n"
    "crypto pki certificate map MP 10\n"
    "crypto pki certificate chain TP\n"
    " certificate ca 07\n"
    "  308201003081A8020107300A06082A8648CE3D040302300C310A300806035504\n"
    "  030C01783020170D3236313132323133313031385A180F323035313037313431\n"
    "  33313031385A300C310A300806035504030C01783059301306072A8648CE3D02\n"
    "  0106082A8648CE3D030107034200047A66C27D25E9E6EF21C75E8C9F1ECDEB1B\n"
    "  7715B66914BC0A922729E68EFCFE87B8DB69C259D43A4E5C06465131F9BD70FE\n"
    "  96EB5C62A431DCF9709D9D6B1BCD55300A06082A8648CE3D0403020347003044\n"
    "  022058F265CDB2B288A71E9A672F284F74DA085288F43612133144E7922C7729\n"
    "  FC5902206D1920A5A7AFA12C045227926E3BCB1D52C78962EBBE5998AFF4A51C\n"
    "  EC8E9033\n"
    "  \tquit\n"
    "crypto keyring KR\n"
    "crypto isakmp policy 10\n"
    " authentication pre-share\n"
    "crypto isakmp profile IP\n"
    "   match identity address 10.0.0.1 255.255.255.255\n"
    "crypto isakmp client configuration group G\n"
    "crypto ipsec transform-set TS esp-aes esp-sha-hmac\n"
    " mode tunnel\n"
    "crypto ipsec transform-set T2 esp-3des esp-md5-hmac\n"
    " mode tunnel\n"
    "crypto ipsec profile PR\n"
    " set transform-set TS\n"
    "crypto ipsec client ezvpn EZ\n"
    "crypto dynamic-map DM 10\n"
    " set transform-set TS\n"
    "crypto map CM 10 ipsec-isakmp\n"
    " set peer 10.0.0.1\n"
    " set transform-set TS\n"
    " match address 150\n"
    "interface Loopback0\n"
    " ip address 10.9.9.1 255.255.255.255\n"
    "interface Tunnel1\n"
    " ip address 10.8.0.1 255.255.255.0\n"
    " tunnel source Loopback0\n"
    " tunnel mode gre multipoint\n"
    " ip nhrp network-id 1\n"
    "interface GigabitEthernet0/0\n"
    " ip address 10.1.1.1 255.255.255.0\n"
    "ip local pool POOL 10.7.0.1 10.7.0.9\n"
    "access-list 150 permit ip any any\n"
    "ip access-list extended NAMED\n"
    " permit ip any any\n"
    "ip access-list standard PLAIN\n"
    " permit 10.0.0.1\n"
    "ip sla 1\n"
    " icmp-echo 10.0.0.1\n"
    "track 1 stub-object\n"
    "track 2 list boolean and\n"
    "event manager applet APPLET\n"
    " event none\n"
    " action 1 wait 1\n"
    "end\n";

enum {
	QUIET = 1,	/* says what is so already: the running configuration shows nothing of it */
	ONCE = 2,	/* a second time is refused */
	WHOLE = 4,	/* what a shorter `no` takes back is more than this line */
	LASTS = 8,	/* nothing brings back what it undid */
	ANEW = 16,	/* a second time makes something new: one more, another salt */
	OFF = 32,	/* `no` is a state of its own, `default` takes the line back */
	EMPTIES = 64,	/* `default` only empties what the line made */
	REFUSED = 128	/* it needs a file, which this router hasn't; nothing must come of it */
};

struct sample { const char *enter, *line; unsigned how; };

static const struct sample samples[] = {
	{ "", "hostname Other", LASTS },
	{ "", "archive", QUIET },
	{ "archive", "path flash:$h-$t", 0 },
	{ "archive", "maximum 5", 0 },
	{ "archive", "time-period 60", 0 },
	{ "archive", "write-memory", 0 },
	{ "archive", "log config", QUIET },
	{ "archive\nlog config", "logging enable", 0 },
	{ "archive\nlog config", "logging size 200", 0 },
	{ "archive\nlog config", "hidekeys", 0 },
	{ "archive\nlog config", "notify syslog contenttype plaintext", 0 },
	{ "", "file prompt quiet", 0 },
	{ "", "alias exec siib show ip interface brief", WHOLE },
	{ "", "alias interface d description", WHOLE },
	{ "", "no alias exec s", LASTS },
	{ "", "no alias exec", QUIET },
	{ "", "clock timezone JST 9 30", 0 },
	{ "", "ip domain name example.net", 0 },
	{ "", "ip domain-name example.net", 0 },
	{ "", "no ip domain lookup", 0 },
	{ "", "no ip domain-lookup", 0 },
	{ "", "ip route 10.5.0.0 255.255.0.0 10.1.1.2 200 name way", 0 },
	{ "", "ip route 10.5.0.0 255.255.0.0 Tunnel1", 0 },
	{ "", "ip ssh version 2", 0 },
	{ "", "ip ssh time-out 60", 0 },
	{ "", "ip ssh authentication-retries 5", 0 },
	{ "", "ip ssh source-interface Loopback0", 0 },
	{ "", "ip ssh port 2222 rotary 1", 0 },
	{ "", "ip ssh server algorithm encryption aes256-ctr aes128-gcm@openssh.com", 0 },
	{ "", "ip ssh server algorithm mac hmac-sha2-512 hmac-sha2-256", 0 },
	{ "", "ip ssh server algorithm kex ecdh-sha2-nistp256", 0 },
	{ "", "ip ssh server algorithm hostkey rsa-sha2-512 ssh-rsa", 0 },
	{ "", "ip ssh server algorithm publickey ssh-ed25519", 0 },
	{ "", "ip ssh server algorithm authentication publickey", 0 },
	{ "", "ip ssh pubkey-chain", 0 },
	{ "ip ssh pubkey-chain", "username somebody", 0 },
	{ "ip ssh pubkey-chain\nusername somebody", "key-hash ssh-rsa 00112233445566778899AABBCCDDEEFF his key", 0 },
	{ "", "no ip http server", QUIET },
	{ "", "no ip http secure-server", QUIET },
	{ "", "access-list 9 permit 10.0.0.0 0.0.0.255 log", ONCE },
	{ "", "access-list 1309 deny host 10.0.0.9", ONCE },
	{ "", "access-list 9 remark why it is there", ANEW },
	{ "", "access-list 109 permit gre host 10.0.0.9 any dscp ef log-input", ONCE },
	{ "", "access-list 109 permit tcp any gt 1023 10.2.0.0 0.0.255.255 eq www 443 established", ONCE },
	{ "", "access-list 2009 deny udp any range 500 510 any neq snmp log", ONCE },
	{ "", "access-list 109 permit icmp any any echo-reply", ONCE },
	{ "", "access-list 109 remark why it is there", ANEW },
	{ "", "ip access-list extended L", 0 },
	{ "", "ip access-list standard 77", QUIET },
	{ "ip access-list standard PLAIN", "30 permit 10.0.0.3 log", ONCE },
	{ "ip access-list standard PLAIN", "deny any", ONCE },
	{ "ip access-list extended NAMED", "5 deny ospf any host 224.0.0.5 precedence critical", ONCE },
	{ "ip access-list extended NAMED", "5 deny tcp any any fragments", ONCE },
	{ "ip access-list extended NAMED", "deny tcp any any range 20 21 established log", ONCE | WHOLE },
	{ "ip access-list extended NAMED", "deny udp host 10.0.0.7 eq isakmp any tos max-throughput", ONCE | WHOLE },
	{ "ip access-list extended NAMED", "7 deny icmp any any 3 4", ONCE },
	{ "ip access-list extended NAMED", "no 10", LASTS },
	{ "ip access-list extended NAMED", "remark what follows", ANEW | WHOLE },
	{ "interface Gi0/0", "ip access-group NAMED in", 0 },
	{ "interface Gi0/0", "ip access-group 150 out", 0 },

	{ "", "event manager applet NEW authorization bypass class C trap", 0 },
	{ "", "event manager environment _name several words", 0 },
	{ "", "event manager session cli username \"eem\"", 0 },
	{ "", "event manager directory user policy \"flash:/\"", 0 },
	{ "", "event manager policy sample.tcl type user trap", 0 },
	{ "", "event manager history size events 20", 0 },
	{ "", "event manager history size traps 20", 0 },
	{ "", "monitor event-trace crypto ipsec event size 20", 0 },
	{ "", "monitor event-trace crypto isakmp error dump-file flash:x", 0 },
	{ "", "event manager directory user policy \"flash:/\"", 0 },
	{ "event manager directory user policy flash:", "event manager policy file.tcl type user", REFUSED },
	{ "event manager applet APPLET", "description why it is there", 0 },
	{ "event manager applet APPLET", "no event none", LASTS },
	{ "event manager applet APPLET", "no action 1 wait 1", LASTS },
	{ "", "track 9 interface GigabitEthernet0/0 line-protocol", 0 },
	{ "", "track 9 ip sla 1 reachability", 0 },
	{ "", "track 9 ip route 10.0.0.0 255.0.0.0 reachability", 0 },
	{ "", "track 9 list boolean or", 0 },
	{ "track 2", "object 1 not", 0 },
	{ "track 2", "delay up 10 down 20", 0 },
	{ "track 1", "default-state up", 0 },
	{ "", "ip sla 9", 0 },
	{ "", "ip sla schedule 1 life forever start-time now", 0 },
	{ "ip sla 1\nicmp-echo 10.0.0.1", "frequency 30", 0 },
	{ "ip sla 1\nicmp-echo 10.0.0.1", "timeout 2000", 0 },
	{ "ip sla 1\nicmp-echo 10.0.0.1", "threshold 100", 0 },
	{ "ip sla 1\nicmp-echo 10.0.0.1", "request-data-size 64", 0 },
	{ "ip sla 1\nicmp-echo 10.0.0.1", "tag to the hub", 0 },
	{ "", "snmp-server community word ro", 0 },
	{ "", "snmp-server community word rw", 0 },
	{ "", "snmp-server host 10.0.0.9 version 2c public event-manager", 0 },
	{ "", "snmp-server host 10.0.0.9 traps public", 0 },
	{ "", "snmp-server enable traps event-manager", 0 },
	{ "", "snmp-server manager", 0 },
	{ "", "snmp-server trap-source Loopback0", 0 },

	{ "", "crypto pki trustpoint NEW", 0 },
	{ "", "crypto ca trustpoint NEW", 0 },
	{ "", "crypto pki certificate map NEW 10", 0 },
	{ "", "crypto pki certificate chain TP", QUIET },
	{ "", "crypto ca certificate chain TP", QUIET },
	{ "crypto pki certificate chain TP", "no certificate ca 07", LASTS },
	{ "crypto pki certificate chain TP", "certificate ca 09 nvram:x#9CA.cer", 0 },
	{ "crypto pki trustpoint TP", "enrollment terminal pem", 0 },
	{ "no crypto pki trustpoint NEW\ncrypto pki trustpoint NEW", "enrollment url http://10.0.0.1:80", 0 },
	{ "crypto pki trustpoint NEW", "enrollment selfsigned", 0 },
	{ "crypto pki trustpoint NEW", "enrollment pkcs12", 0 },
	{ "crypto pki trustpoint TP", "subject-name CN=R1, O=Example", 0 },
	{ "crypto pki trustpoint TP", "subject-alt-name r1.example.net", 0 },
	{ "crypto pki trustpoint TP", "fqdn r1.example.net", 0 },
	{ "crypto pki trustpoint TP", "fqdn none", 0 },
	{ "crypto pki trustpoint TP", "ip-address 10.0.0.1", 0 },
	{ "crypto pki trustpoint TP", "ip-address 2001:DB8::1", 0 },
	{ "crypto pki trustpoint TP", "ip-address GigabitEthernet0/0", 0 },
	{ "crypto pki trustpoint TP", "ip-address none", 0 },
	{ "crypto pki trustpoint TP", "serial-number", 0 },
	{ "crypto pki trustpoint TP", "serial-number none", 0 },
	{ "crypto pki trustpoint TP", "rsakeypair LABEL 2048", 0 },
	{ "crypto pki trustpoint TP", "revocation-check crl none", 0 },
	{ "crypto pki trustpoint TP", "revocation-check ocsp none", 0 },
	{ "crypto pki trustpoint TP", "crl file flash:ca.crl", 0 },
	{ "crypto pki trustpoint TP", "chain-validation continue ROOT", 0 },
	{ "crypto pki trustpoint TP", "chain-validation continue", 0 },
	{ "crypto pki trustpoint TP", "hash sha384", 0 },
	{ "crypto pki trustpoint TP", "usage ike", 0 },
	{ "crypto pki certificate map MP 10", "subject-name co ou = routers", 0 },
	{ "crypto pki certificate map MP 10", "issuer-name eq cn = a ca", 0 },
	{ "crypto pki certificate map MP 10", "alt-subject-name ne host", 0 },
	{ "crypto pki certificate map MP 10", "serial-number nc 09", 0 },
	{ "crypto isakmp profile IP", "ca trust-point TP", 0 },
	{ "crypto isakmp profile IP", "match certificate MP", 0 },

	{ "", "username two privilege 15 password 0 word", 0 },
	{ "", "username two secret 0 word", ANEW },
	{ "no aaa new-model", "aaa new-model", WHOLE },
	{ "", "aaa authentication login default local", 0 },
	{ "", "aaa authentication login L none", 0 },
	{ "", "aaa authorization network default local", 0 },
	{ "", "crypto isakmp client configuration group NEW", 0 },
	{ "", "crypto isakmp client configuration address-pool local POOL", 0 },
	{ "", "crypto isakmp xauth timeout 30", 0 },
	{ "", "crypto logging ezvpn", 0 },
	{ "", "crypto logging ezvpn group G", 0 },
	{ "", "ip local pool NEW 10.6.0.1 10.6.0.5", WHOLE },
	{ "", "crypto map CM client authentication list USERS", 0 },
	{ "", "crypto map CM isakmp authorization list GROUPS", 0 },
	{ "", "crypto map CM client configuration address respond", 0 },
	{ "", "crypto map CM client configuration address initiate", 0 },
	{ "crypto isakmp profile IP", "client authentication list USERS", 0 },
	{ "crypto isakmp profile IP", "isakmp authorization list GROUPS", 0 },
	{ "crypto isakmp profile IP", "client configuration address respond", 0 },
	{ "crypto isakmp client configuration group G", "key 0 word", 0 },
	{ "crypto isakmp client configuration group G", "pool POOL", 0 },
	{ "crypto isakmp client configuration group G", "dns 10.0.0.5 10.0.0.6", 0 },
	{ "crypto isakmp client configuration group G", "wins 10.0.0.5", 0 },
	{ "crypto isakmp client configuration group G", "domain example.net", 0 },
	{ "crypto isakmp client configuration group G", "acl 150", 0 },
	{ "crypto isakmp client configuration group G", "split-dns example.net", 0 },
	{ "crypto isakmp client configuration group G", "backup-gateway 10.0.0.7", 0 },
	{ "crypto isakmp client configuration group G", "access-restrict GigabitEthernet0/0", 0 },
	{ "crypto isakmp client configuration group G", "save-password", 0 },
	{ "crypto isakmp client configuration group G", "include-local-lan", 0 },
	{ "crypto isakmp client configuration group G", "pfs", 0 },
	{ "crypto isakmp client configuration group G", "group-lock", 0 },
	{ "crypto isakmp client configuration group G", "max-users 9", 0 },
	{ "crypto isakmp client configuration group G", "max-logins 9", 0 },
	{ "crypto isakmp client configuration group G", "netmask 255.255.255.0", 0 },
	{ "crypto isakmp client configuration group G", "banner ^ good day ^", 0 },
	{ "", "crypto ipsec client ezvpn NEW", 0 },
	{ "crypto ipsec client ezvpn EZ", "connect manual", 0 },
	{ "crypto ipsec client ezvpn EZ", "connect acl 150", 0 },
	{ "crypto ipsec client ezvpn EZ", "group G key word", 0 },
	{ "crypto ipsec client ezvpn EZ", "mode network-extension", 0 },
	{ "crypto ipsec client ezvpn EZ", "peer 10.0.0.1 default", 0 },
	{ "crypto ipsec client ezvpn EZ", "username u password 0 word", 0 },
	{ "crypto ipsec client ezvpn EZ", "xauth userid mode local", 0 },
	{ "crypto ipsec client ezvpn EZ", "idletime 60", 0 },
	{ "crypto ipsec client ezvpn EZ", "acl 150", 0 },
	{ "crypto ipsec client ezvpn EZ", "nat allow", 0 },
	{ "crypto ipsec client ezvpn EZ", "flow restrict", 0 },
	{ "interface Gi0/0", "crypto ipsec client ezvpn EZ", 0 },
	{ "interface Gi0/0", "crypto ipsec client ezvpn EZ inside", 0 },

	{ "", "interface Loopback7", EMPTIES },
	{ "interface Gi0/0", "description why | it is there", 0 },
	{ "interface Gi0/0", "shutdown", 0 },
	{ "interface Gi0/9", "ip address 10.3.3.1 255.255.255.0", 0 },
	{ "interface Gi0/0", "ip address 10.3.3.1 255.255.255.0 secondary", WHOLE },
	{ "interface Tunnel5", "ip unnumbered Loopback0", 0 },
	{ "interface Gi0/0", "ip mtu 1400", 0 },
	{ "interface Gi0/0", "ip tcp adjust-mss 1300", 0 },
	{ "interface Gi0/0", "mtu 1600", 0 },
	{ "interface Gi0/0", "bandwidth 5000", 0 },
	{ "interface Gi0/0", "delay 50", 0 },
	{ "interface Gi0/0", "load-interval 60", 0 },
	{ "interface Gi0/0", "mac-address 0011.2233.4455", 0 },
	{ "interface Tunnel5", "keepalive 5 4", 0 },
	{ "interface Gi0/0", "duplex full", 0 },
	{ "interface Gi0/0", "speed 100", 0 },
	{ "interface Gi0/0", "negotiation auto", 0 },
	{ "interface Gi0/0", "media-type rj45", 0 },
	{ "interface Gi0/0", "ipv6 address 2001:DB8::1/64", 0 },
	{ "interface Gi0/0", "ipv6 address 2001:DB8:1::/64 eui-64", WHOLE },
	{ "interface Gi0/0", "ipv6 address FE80::1 link-local", 0 },
	{ "interface Gi0/0", "ipv6 enable", 0 },
	{ "interface Gi0/0", "ipv6 mtu 1400", 0 },
	{ "interface Gi0/0", "ipv6 nd ra suppress", 0 },
	{ "interface Gi0/0", "ipv6 nd ra suppress all", 0 },
	{ "interface Gi0/0", "ipv6 nd ra interval 60 20", 0 },
	{ "interface Gi0/0", "ipv6 nd ra lifetime 300", 0 },
	{ "interface Gi0/0", "ipv6 nd dad attempts 3", 0 },
	{ "interface Gi0/0", "ipv6 nd managed-config-flag", 0 },
	{ "interface Gi0/0", "ipv6 nd other-config-flag", 0 },
	{ "no ipv6 unicast-routing", "ipv6 unicast-routing", 0 },
	{ "", "ipv6 route 2001:DB8:5::/48 2001:DB8::2 50 name way", 0 },
	{ "interface Gi0/0", "crypto map CM", 0 },
	{ "interface Tunnel5", "tunnel source GigabitEthernet0/0", 0 },
	{ "interface Tunnel5", "tunnel source 10.1.1.1", 0 },
	{ "interface Tunnel5", "tunnel destination 10.0.0.1", 0 },
	{ "interface Tunnel5", "tunnel mode ipsec ipv4", 0 },
	{ "interface Tunnel5", "tunnel mode ipsec ipv6 v4-overlay", 0 },
	{ "interface Tunnel5", "tunnel mode gre multipoint", 0 },
	{ "interface Tunnel5", "tunnel protection ipsec profile PR shared", 0 },
	{ "interface Tunnel5", "tunnel path-mtu-discovery", 0 },
	{ "interface Tunnel5", "tunnel key 0", 0 },
	{ "interface Tunnel5", "tunnel checksum", 0 },
	{ "interface Tunnel5", "tunnel sequence-datagrams", 0 },
	{ "interface Tunnel5", "tunnel ttl 64", 0 },
	{ "interface Tunnel5", "tunnel tos 184", 0 },
	{ "interface Tunnel5", "ip nhrp network-id 7", 0 },
	{ "interface Tunnel1", "ip nhrp authentication word", 0 },
	{ "interface Tunnel1", "ip nhrp map 10.8.0.2 10.0.0.2", 0 },
	{ "interface Tunnel1", "ip nhrp map multicast dynamic", 0 },
	{ "interface Tunnel1", "ip nhrp map multicast 10.0.0.2", 0 },
	{ "interface Tunnel1", "ip nhrp nhs 10.8.0.2 nbma 10.0.0.2 multicast priority 5 cluster 2", 0 },
	{ "interface Tunnel1", "ip nhrp nhs cluster 2 max-connections 3", 0 },
	{ "interface Tunnel1", "ip nhrp nhs fallback 20", 0 },
	{ "interface Tunnel1", "ip nhrp holdtime 300", 0 },
	{ "interface Tunnel1", "ip nhrp registration timeout 30", 0 },
	{ "interface Tunnel1", "ip nhrp registration no-unique", 0 },
	{ "interface Tunnel1", "ip nhrp shortcut", 0 },
	{ "interface Tunnel1", "ip nhrp redirect timeout 20", 0 },
	{ "interface Tunnel1", "ip nhrp server-only", 0 },
	{ "interface Tunnel1", "ip nhrp max-send 50 every 20", 0 },
	{ "", "no logging dmvpn", 0 },

	{ "", "crypto ipsec transform-set NEW esp-gcm 256", 0 },
	{ "", "crypto ipsec profile NEW", 0 },
	{ "", "crypto ipsec security-association lifetime seconds 600", 0 },
	{ "", "crypto ipsec security-association lifetime kilobytes 5000", 0 },
	{ "", "crypto ipsec security-association lifetime kilobytes disable", 0 },
	{ "", "crypto ipsec security-association replay window-size 512", 0 },
	{ "", "crypto ipsec security-association replay disable", 0 },
	{ "", "crypto ipsec security-association idle-time 60", 0 },
	{ "", "crypto ipsec fragmentation after-encryption", 0 },
	{ "", "crypto ipsec df-bit set", 0 },
	{ "", "no crypto isakmp enable", 0 },
	{ "", "crypto isakmp policy 20", 0 },
	{ "", "crypto isakmp key 0 word address 10.0.0.5 no-xauth", 0 },
	{ "", "crypto isakmp key word address 10.5.0.0 255.255.0.0", WHOLE },
	{ "", "crypto isakmp key word address ipv6 2001:DB8::/32", 0 },
	{ "", "crypto isakmp key word hostname other", 0 },
	{ "", "crypto isakmp identity hostname", 0 },
	{ "", "crypto isakmp keepalive 30 5 periodic", 0 },
	{ "", "crypto isakmp nat keepalive 20", 0 },
	{ "", "crypto isakmp invalid-spi-recovery", 0 },
	{ "", "crypto isakmp diagnose error 20", OFF },
	{ "", "crypto isakmp nat keepalive 20", 0 },
	{ "", "crypto isakmp aggressive-mode disable", 0 },
	{ "", "crypto isakmp fragmentation", 0 },
	{ "", "crypto call admission limit ike in-negotiation-sa 500", 0 },
	{ "", "crypto logging session", 0 },
	{ "", "crypto keyring NEW", 0 },
	{ "", "crypto isakmp profile NEW", 0 },
	{ "crypto isakmp policy 10", "encryption aes 192", 0 },
	{ "crypto isakmp policy 10", "encr 3des", 0 },
	{ "crypto isakmp policy 10", "hash sha384", 0 },
	{ "crypto isakmp policy 20", "authentication pre-share", 0 },
	{ "crypto isakmp policy 10", "group 20", 0 },
	{ "crypto isakmp policy 10", "lifetime 600", 0 },
	{ "crypto keyring KR", "description why", 0 },
	{ "crypto keyring KR", "pre-shared-key address 10.5.0.0 255.255.0.0 key word", WHOLE },
	{ "crypto keyring KR", "pre-shared-key address ipv6 2001:DB8::/32 key word", 0 },
	{ "crypto keyring KR", "pre-shared-key hostname other key word", 0 },
	{ "crypto keyring KR", "local-address GigabitEthernet0/0", 0 },
	{ "crypto isakmp profile IP", "description why", 0 },
	{ "crypto isakmp profile IP", "keyring KR", 0 },
	{ "crypto isakmp profile IP", "self-identity user-fqdn a@b.c", 0 },
	{ "crypto isakmp profile IP", "self-identity fqdn", 0 },
	{ "crypto isakmp profile IP", "match identity host domain b.c", 0 },
	{ "crypto isakmp profile IP", "match identity address 10.5.0.0 255.255.0.0", WHOLE },
	{ "crypto isakmp profile IP", "keepalive 60 retry 5", 0 },
	{ "crypto isakmp profile IP", "local-address 10.1.1.1", 0 },
	{ "crypto isakmp profile IP", "initiate mode aggressive", 0 },
	{ "crypto ipsec transform-set TS", "mode transport require", 0 },
	{ "crypto ipsec transform-set TS", "esn", 0 },
	{ "crypto ipsec profile PR", "description why", 0 },
	{ "crypto ipsec profile NEW", "set transform-set TS T2", 0 },
	{ "crypto ipsec profile PR", "set pfs group20", 0 },
	{ "crypto ipsec profile PR", "set isakmp-profile IP", 0 },
	{ "crypto ipsec profile PR", "set security-association lifetime seconds 600", 0 },
	{ "crypto ipsec profile PR", "set security-association lifetime kilobytes disable", 0 },
	{ "crypto ipsec profile PR", "set security-association idle-time 60 default", 0 },
	{ "crypto ipsec profile PR", "set security-association replay window-size 1024", 0 },
	{ "crypto ipsec profile PR", "set security-association dfbit copy", 0 },
	{ "crypto ipsec profile PR", "responder-only", 0 },

	{ "", "crypto map CM 20 ipsec-isakmp", 0 },
	{ "", "crypto map NEW 5 ipsec-isakmp profile PR", 0 },
	{ "", "crypto map CM 65535 ipsec-isakmp dynamic DM discover", 0 },
	{ "", "crypto map CM local-address Loopback0", 0 },
	{ "", "crypto map CM isakmp-profile IP", 0 },
	{ "", "no crypto map CM", LASTS },
	{ "", "crypto dynamic-map DM 20", 0 },
	{ "", "no crypto dynamic-map DM", LASTS },
	{ "crypto map CM 10", "description why", 0 },
	{ "crypto map CM 20 ipsec-isakmp", "match address 150", 0 },
	{ "crypto map CM 20 ipsec-isakmp", "set peer 10.0.0.5 default", 0 },
	{ "crypto map CM 20 ipsec-isakmp", "set transform-set TS T2", 0 },
	{ "crypto map CM 10", "set pfs", 0 },
	{ "crypto map CM 10", "set pfs group14", 0 },
	{ "crypto map CM 10", "set isakmp-profile IP", 0 },
	{ "crypto map CM 10", "set security-association lifetime days 3", 0 },
	{ "crypto map CM 10", "set security-association lifetime kilobytes disable", 0 },
	{ "crypto map CM 10", "set security-association idle-time 600 default", 0 },
	{ "crypto map CM 10", "set security-association replay disable", 0 },
	{ "crypto map CM 10", "set security-association dfbit clear", 0 },
	{ "crypto map CM 10", "set reverse-route tag 7", 0 },
	{ "crypto map CM 10", "set reverse-route distance 7", 0 },
	{ "crypto map CM 10", "reverse-route static remote-peer 10.1.1.9 gateway", 0 },
	{ "crypto map CM 10", "qos pre-classify", 0 },

	{ "", "line vty 5 9", 0 },
	{ "line con 0", "exec-timeout 5 30", 0 },
	{ "line con 0", "logging synchronous", 0 },
	{ "line vty 0 4", "login local", OFF },
	{ "line vty 0 4", "password word", 0 },
	{ "line con 0", "privilege level 15", 0 },
	{ "line vty 0 4", "transport input ssh", 0 },
	{ "line vty 0 4", "transport output none", 0 },
	{ "line con 0", "transport preferred none", 0 },
	{ "line con 0", "history size 30", 0 },
	{ "line con 0", "no editing", 0 },
	{ "line con 0", "length 0", 0 },
	{ "line con 0", "width 132", 0 },
	{ "line con 0", "stopbits 1", 0 },
	{ "line con 0", "speed 19200", 0 },
	{ "line vty 0 4", "no exec", 0 },
	{ "line vty 0 4", "login authentication USERS", 0 },
	{ "line vty 0 4", "authorization exec default", 0 },
	{ "line vty 0 4", "authorization commands 15 default", 0 },
	{ "line vty 0 4", "access-class PLAIN in", 0 },
	{ "line vty 0 4", "session-limit 3", 0 },
	{ "line con 0", "absolute-timeout 60", 0 },
	{ "line con 0", "monitor", 0 },
	{ "line con 0", "no motd-banner", 0 },
	{ "line con 0", "no exec-banner", 0 },

	{ "", "enable secret 9 $9$jXUQY9HO1/mSFt$PM2aPdIKpfd5lf2k6jRsr6QgVe162X3nfiRSg/iNErU", 0 },
	{ "", "enable secret level 5 word", ANEW | WHOLE },
	{ "", "enable password level 7 7 08351F1B1D", WHOLE },
	{ "", "login block-for 60 attempts 3 within 30", 0 },
	{ "", "login delay 3", 0 },
	{ "", "login quiet-mode access-class PLAIN", 0 },
	{ "", "login on-failure log every 3", 0 },
	{ "", "login on-success log", 0 },
	{ "", "banner motd #Hello $(hostname)#", 0 },
	{ "", "privilege exec level 5 clear counters", WHOLE },
	{ "", "privilege configure all level 7 crypto isakmp", WHOLE },
	{ "", "privilege exec reset show", QUIET },
	{ "", "aaa authentication login CON local-case line enable none", 0 },
	{ "", "aaa authentication enable default enable line", 0 },
	{ "", "aaa authorization exec default group tacacs+ local if-authenticated", 0 },
	{ "", "aaa authorization commands 15 LIST local", 0 },
	{ "", "aaa authorization console", 0 },
	{ "", "aaa authentication attempts login 5", 0 },
	{ "", "aaa local authentication attempts max-fail 3", 0 },
	{ "", "username two privilege 7 nopassword", 0 },

	{ "", "service timestamps log datetime msec localtime", OFF },
	{ "", "service timestamps debug uptime", OFF },
	{ "", "service sequence-numbers", 0 },
	{ "", "service password-encryption", WHOLE },
	{ "", "no logging on", 0 },
	{ "", "logging buffered 16384 errors", OFF },
	{ "", "logging console warnings", OFF },
	{ "", "logging monitor errors", OFF },
	{ "", "logging host 10.1.1.50", 0 },
	{ "", "logging host 10.1.1.50 transport udp port 5514", 0 },
	{ "", "logging 10.1.1.51", WHOLE },
	{ "", "logging trap errors", OFF },
	{ "", "no logging trap", 0 },
	{ "", "logging trap syslog-format rfc5424", 0 },
	{ "", "logging facility local3", 0 },
	{ "", "logging origin-id hostname", 0 },
	{ "", "logging origin-id string the router in the cellar", 0 },
	{ "", "logging source-interface GigabitEthernet0/0", 0 },
	{ "", "logging count", 0 },
	{ "", "logging userinfo", 0 },
	{ "", "logging rate-limit console all 10 except errors", 0 },
};

#define NSAMPLES	((int)(sizeof(samples) / sizeof(samples[0])))

static bool
is_off(const char *line)
{
	return strncmp(line, "no ", 3) == 0;
}

/* Typed at a fresh console, in the line's mode. */
static bool
type(struct bench *b, const struct sample *s, const char *prefix, const char *line)
{
	char *typed = xasprintf("configure terminal\n%s\n%s%s\n", *s->enter == '\0' ? "!" : s->enter, prefix, line);
	bool ok = bench_type(b, typed);

	free(typed);
	return ok;
}

static enum mode
mode_of(const struct sample *s)
{
	static const struct { const char *enter; enum mode mode; } modes[] = {
		{ "ip ssh pubkey-chain\nusername", MODE_SSH_USER }, { "ip ssh pubkey-chain", MODE_SSH_CHAIN },
		{ "archive\nlog config", MODE_ARCHIVE_LOG }, { "archive", MODE_ARCHIVE },
		{ "crypto pki trustpoint ", MODE_TRUSTPOINT }, { "no crypto pki trustpoint ", MODE_TRUSTPOINT },
		{ "crypto pki certificate map ", MODE_CERT_MAP }, { "crypto pki certificate chain ", MODE_CERT_CHAIN },
		{ "interface ", MODE_IF }, { "crypto isakmp policy ", MODE_ISAKMP_POLICY }, { "crypto keyring ", MODE_KEYRING },
		{ "crypto isakmp profile ", MODE_ISAKMP_PROFILE }, { "crypto isakmp client ", MODE_EZGROUP },
		{ "crypto ipsec transform-set ", MODE_TRANSFORM }, { "crypto ipsec profile ", MODE_IPSEC_PROFILE },
		{ "crypto ipsec client ", MODE_EZVPN }, { "crypto map ", MODE_CRYPTO_MAP }, { "line ", MODE_LINE },
		{ "ip access-list standard ", MODE_STD_NACL }, { "ip access-list extended ", MODE_EXT_NACL },
		{ "event manager applet ", MODE_APPLET }, { "track ", MODE_TRACK }, { "ip sla ", MODE_SLA_ECHO },
	};

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strncmp(s->enter, modes[i].enter, strlen(modes[i].enter)) == 0)
			return modes[i].mode;
	return MODE_CONFIG;
}

/* The row that takes the line, or NULL; what it captured is not kept. */
static const struct cmd *
row_of(const struct sample *s, const char *line)
{
	const struct cmd *c = NULL;
	struct match m;

	grammar_match(mode_of(s), 15, line, &m);
	if (m.kind == MATCH_OK) {
		c = m.cmd;
		args_free(m.args);
	}
	return c;
}

static void
running_is(struct bench *b, const struct sample *s, const char *how, const char *want)
{
	char *now = bench_running(b);

	ck_assert_msg(strcmp(now, want) == 0, "%s / %s: %s\n%s\ninstead of\n%s", s->enter, s->line, how, now, want);
	free(now);
}

/* With the file that a policy is made of. */
static struct bench *
bench_with_file(void)
{
	static const char script[] = "::cisco::eem::event_register_none sync no\n";
	struct bench *b = bench_new(IKE_IOS_15);

	flash_write(b->router->flash, "sample.tcl", script, sizeof(script) - 1, false, 0);
	return b;
}

static void
prints_back(const struct sample *s, const char *text)
{
	struct bench *b = bench_with_file();

	ck_assert_msg(bench_load(b, text) == 0, "%s / %s: %s", s->enter, s->line, text_str(&b->faults));
	running_is(b, s, "printed back", text);
	bench_free(b);
}

/* The `no` (or `default`) form of so much of the line, after the line itself. */
static void
takes_back(struct bench *b, const struct sample *s, const char *prefix, const char *line, const char *before, const char *with)
{
	if (!is_off(s->line) && (s->how & ANEW) == 0)
		type(b, s, "", s->line);
	if ((s->how & (ONCE | ANEW)) == 0)
		running_is(b, s, "again", with);
	ck_assert_msg(type(b, s, prefix, line), "%s%s is refused: %s", prefix, line, text_str(&b->said));
	running_is(b, s, prefix, before);
	type(b, s, prefix, line);
	running_is(b, s, "taken back twice", before);
	if (is_off(s->line))
		type(b, s, "", s->line);
}

/* Each shorter form that the same row takes. */
static void
each_shorter(struct bench *b, const struct sample *s, const char *prefix, const char *before, const char *with)
{
	const struct cmd *row = row_of(s, s->line);
	char *line = xstrdup(s->line), *end, *off;

	for (;;) {
		off = xasprintf("%s%s", prefix, line);
		if (row_of(s, off) == row) {
			takes_back(b, s, prefix, line, before, with);
			if (s->how & ANEW)
				type(b, s, "", s->line);
		}
		free(off);
		if ((s->how & WHOLE) || (end = strrchr(line, ' ')) == NULL)
			break;
		*end = '\0';
	}
	free(line);
}

START_TEST(each_line_takes_itself_back)
{
	const struct sample *s = &samples[_i];
	struct bench *b = bench_with_file();
	char *before, *with;

	ck_assert_msg(row_of(s, s->line) != NULL, "no row takes %s / %s", s->enter, s->line);
	ck_assert_msg(bench_load(b, base) == 0, "%s", text_str(&b->faults));
	type(b, s, "", "!");
	before = bench_running(b);
	ck_assert_msg(type(b, s, "", s->line) == ((s->how & REFUSED) == 0), "%s / %s: %s", s->enter, s->line, text_str(&b->said));
	with = bench_running(b);
	ck_assert_msg((strcmp(before, with) == 0) == ((s->how & (QUIET | REFUSED)) != 0), "%s / %s: shows %s", s->enter, s->line, with);
	ck_assert_msg((s->how & ANEW) || type(b, s, "", s->line) || (s->how & (ONCE | LASTS | REFUSED)), "%s / %s: twice: %s", s->enter, s->line, text_str(&b->said));
	if ((s->how & ANEW) == 0)
		running_is(b, s, "typed twice", with);
	prints_back(s, with);
	if (is_off(s->line) && (s->how & (QUIET | LASTS | REFUSED)) == 0) {
		takes_back(b, s, "", s->line + 3, before, with);
	} else if ((s->how & (QUIET | LASTS | REFUSED)) == 0) {
		if ((s->how & OFF) == 0)
			each_shorter(b, s, "no ", before, with);
		if ((s->how & EMPTIES) == 0)
			each_shorter(b, s, "default ", before, with);
	}
	free(before);
	free(with);
	bench_free(b);
}
END_TEST

/* All lines that add something, one on top of the other; those that can't be together are refused, and lose nothing. */
START_TEST(all_at_once_print_back)
{
	struct bench *b = bench_new((enum ike_dialect)_i), *again = bench_new((enum ike_dialect)_i);
	char *text, *back;

	ck_assert_uint_eq(bench_load(b, base), 0);
	for (int i = 0; i < NSAMPLES; i++)
		if (!is_off(samples[i].line) && !is_off(samples[i].enter) && (samples[i].how & LASTS) == 0)
			type(b, &samples[i], "", samples[i].line);
	text = bench_running(b);
	ck_assert_msg(bench_load(again, text) == 0, "%s", text_str(&again->faults));
	back = bench_running(again);
	ck_assert(strcmp(text, back) == 0);
	free(back);
	free(text);
	bench_free(again);
	bench_free(b);
}
END_TEST

/* Where IOS prints what. */
START_TEST(areas_stand_in_order)
{
	static const char *const order[] = {
		"\nservice sequence-numbers", "\nhostname ", "\naaa new-model", "\naaa authentication login", "\naaa authorization network",
		"\nclock timezone", "\nip domain name", "\nipv6 unicast-routing", "\ncrypto pki trustpoint TP", "\ncrypto pki certificate map MP", "\ncrypto pki certificate chain TP",
		"\nusername two", "\ncrypto keyring KR",
		"\ncrypto isakmp policy 10", "\ncrypto isakmp key", "\ncrypto isakmp client configuration group G", "\ncrypto isakmp profile IP",
		"\ncrypto ipsec transform-set TS", "\ncrypto ipsec profile PR", "\ncrypto ipsec client ezvpn EZ", "\ncrypto dynamic-map DM 10",
		"\ncrypto map CM local-address", "\ncrypto map CM client authentication", "\ncrypto map CM 10",
		"\ncrypto map CM 65535", "\ntrack 1 ", "\ninterface Loopback0", "\ninterface Tunnel1",
		"\ninterface GigabitEthernet0/0", "\nip local pool POOL", "\nip route 10.5.0.0", "\nipv6 route", "\nip access-list standard PLAIN",
		"\nip access-list extended NAMED", "\naccess-list 150", "\nip sla 1\n", "\nip sla schedule 1", "\nsnmp-server community",
		"\nline con 0", "\nline vty 0 4", "\nevent manager environment", "\nevent manager applet APPLET", "\nend\n",
	};
	struct bench *b = bench_new(IKE_IOS_15);
	char *text, *at;

	ck_assert_uint_eq(bench_load(b, base), 0);
	for (int i = 0; i < NSAMPLES; i++)
		if (!is_off(samples[i].line) && !is_off(samples[i].enter) && (samples[i].how & LASTS) == 0)
			type(b, &samples[i], "", samples[i].line);
	text = at = bench_running(b);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		at = strstr(at, order[i]);
		ck_assert_msg(at != NULL, "%s is out of order", order[i] + 1);
	}
	free(text);
	bench_free(b);
}
END_TEST

static void
has_sample(void *arg, const struct cmd *c)
{
	uint64_t config = ~(M(EXEC) | M(PRIV) | M(LAB));
	struct text *missing = arg;

	if ((c->modes & config) == 0 || (c->flags & (CMD_NO | CMD_NO_ONLY)) == 0)
		return;
	for (int i = 0; i < NSAMPLES; i++)
		if (row_of(&samples[i], samples[i].line) == c)
			return;
	text_printf(missing, "%s\n", c->syntax);
}

START_TEST(each_row_has_a_line)
{
	struct text missing = { 0 };

	grammar_each(has_sample, &missing);
	ck_assert_msg(missing.len == 0, "rows without a line in this file:\n%s", text_str(&missing));
	text_free(&missing);
}
END_TEST

void
shell_undo_tests(TCase *tc)
{
	tcase_add_test(tc, each_row_has_a_line);
	tcase_add_loop_test(tc, all_at_once_print_back, IKE_IOS_12, IKE_XE_17 + 1);
	tcase_add_test(tc, areas_stand_in_order);
	tcase_add_loop_test(tc, each_line_takes_itself_back, 0, NSAMPLES);
}
