/* Topology files: what they say, and every way in which they can be wrong, with the words of the error. */

#include "testsuite/unit/engine_lab_test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/topology.h"
#include "engine/yamltree.h"
#include "lib/mem.h"

#define NODES		"topology:\n  nodes:\n"		/* two lines */
#define LINKS		"  links:\n"
#define LINK(a, b)	"    - endpoints: [\"" a "\", \"" b "\"]\n"
#define ROUTER(name)	"    " name ": {kind: linux, image: inspire}\n"
#define SWITCH(name)	"    " name ": {labels: {inspire-kind: switch}}\n"
#define HOST(name, addr) "    " name ": {labels: {inspire-kind: host, inspire-address: " addr "}}\n"

static struct topology *
parse(const char *text, char **why)
{
	*why = NULL;
	return topology_parse("lab.yml", text, strlen(text), why);
}

START_TEST(whole_file)
{
	char *why;
	struct topology *t = parse("name: invalid-spi\nprefix: x\nmgmt: {network: n}\n" NODES
	    "    Router1: {kind: linux, image: inspire, startup-config: router1.cfg, labels: {inspire-engine: onboard, owner: me}}\n"
	    "    Router2: {image: 'registry.example/inspire:1', labels: {inspire-dialect: ios-xe-17}, exec: [a, {b: c}], cmd: x}\n"
	    SWITCH("SW1")
	    "    Host1: {labels: {inspire-kind: host, inspire-address: 192.168.1.10/24, inspire-gateway: 192.168.1.1}}\n" LINKS
	    LINK("Router1:Gi0/0", "SW1:port1") LINK("router2:gi 0/0", "SW1:port2")
	    "    - type: veth\n      endpoints: [{node: Router1, interface: Gi0/1}, {node: Host1, interface: eth1, mac: 'x'}]\n", &why);

	ck_assert_msg(t != NULL, "%s", why);
	ck_assert_str_eq(t->name, "invalid-spi");
	ck_assert_uint_eq(t->nnodes, 4);
	ck_assert_uint_eq(t->nlinks, 3);
	ck_assert_int_eq(t->nodes[0].kind, NODE_ROUTER);
	ck_assert_int_eq(t->nodes[0].engine, IKE_ENGINE_ONBOARD);
	ck_assert_int_eq(t->nodes[0].dialect, IKE_IOS_15);
	ck_assert_str_eq(t->nodes[0].startup, "router1.cfg");
	ck_assert_int_eq(t->nodes[1].dialect, IKE_XE_17);
	ck_assert_int_eq(t->nodes[2].kind, NODE_SWITCH);
	ck_assert_uint_eq(t->nodes[2].nends, 2);
	ck_assert_uint_eq(t->nodes[3].address, 0xc0a8010a);
	ck_assert_uint_eq(t->nodes[3].address_len, 24);
	ck_assert_uint_eq(t->nodes[3].gateway, 0xc0a80101);
	ck_assert_str_eq(t->links[0].end[0].ifname, "GigabitEthernet0/0");
	ck_assert_str_eq(t->links[1].end[0].ifname, "GigabitEthernet0/0");
	ck_assert_str_eq(t->links[2].end[1].ifname, "eth1");
	ck_assert_uint_eq(t->links[2].end[0].node, 0);
	topology_free(t);
}
END_TEST

/* The node's own wins over its group's, that over its kind's, that over the defaults; labels one by one. */
START_TEST(inheritance)
{
	char *why;
	struct topology *t = parse("topology:\n"
	    "  defaults: {kind: linux, labels: {inspire-dialect: ios-12, inspire-gateway: 10.0.0.254}}\n"
	    "  kinds:\n    linux: {startup-config: kind.cfg, labels: {inspire-engine: onboard}}\n"
	    "  groups:\n    g: {startup-config: group.cfg}\n"
	    "  nodes:\n"
	    "    R1:\n"
	    "    R2: {group: g, labels: {inspire-dialect: ios-xe-17}}\n"
	    "    R3: {startup-config: own.cfg}\n"
	    "    H1: {labels: {inspire-kind: host, inspire-address: 10.0.0.1/24}}\n", &why);

	ck_assert_msg(t != NULL, "%s", why);
	ck_assert_str_eq(t->name, "lab");
	ck_assert_str_eq(t->nodes[0].startup, "kind.cfg");
	ck_assert_int_eq(t->nodes[0].dialect, IKE_IOS_12);
	ck_assert_int_eq(t->nodes[0].engine, IKE_ENGINE_ONBOARD);
	ck_assert_str_eq(t->nodes[1].startup, "group.cfg");
	ck_assert_int_eq(t->nodes[1].dialect, IKE_XE_17);
	ck_assert_str_eq(t->nodes[2].startup, "own.cfg");
	ck_assert_uint_eq(t->nodes[3].gateway, 0x0a0000fe);
	ck_assert_ptr_null(t->nodes[3].startup);
	topology_free(t);
}
END_TEST

START_TEST(anchors_and_merges)
{
	char *why;
	struct topology *t = parse("topology:\n"
	    "  defaults: &d {labels: &l {inspire-dialect: ios-12}}\n"
	    "  nodes:\n"
	    "    R1: {labels: {<<: *l, inspire-engine: onboard}}\n"
	    "    R2: {labels: {inspire-dialect: ios-15, <<: [*l]}}\n"
	    "    R3: *d\n", &why);

	ck_assert_msg(t != NULL, "%s", why);
	ck_assert_int_eq(t->nodes[0].dialect, IKE_IOS_12);
	ck_assert_int_eq(t->nodes[0].engine, IKE_ENGINE_ONBOARD);
	ck_assert_int_eq(t->nodes[1].dialect, IKE_IOS_15);
	ck_assert_int_eq(t->nodes[2].dialect, IKE_IOS_12);
	topology_free(t);
}
END_TEST

/* A router on wires of the machine; a node that is called so is a node. */
START_TEST(wires)
{
	char *why;
	struct topology *t = parse(NODES "    R1: {labels: {inspire-port-Gi0/2: 'tap:t0'}}\n" ROUTER("R2") LINKS LINK("R1:Gi0/0", "host:veth0")
	    LINK("R1:Gi0/1", "R2:Gi0/1") "    - endpoints: [{node: host, interface: veth1}, {node: R2, interface: Gi0/0}]\n", &why);

	ck_assert_msg(t != NULL, "%s", why);
	ck_assert_uint_eq(t->nlinks, 1);
	ck_assert_uint_eq(t->nwires, 3);
	ck_assert_str_eq(t->wires[0].spec, "tap:t0");
	ck_assert_str_eq(t->wires[0].end.ifname, "GigabitEthernet0/2");
	ck_assert_str_eq(t->wires[1].spec, "pcap:veth0");
	ck_assert_uint_eq(t->wires[1].end.node, 0);
	ck_assert_str_eq(t->wires[2].spec, "pcap:veth1");
	ck_assert_uint_eq(t->wires[2].end.node, 1);
	topology_free(t);
	t = parse(NODES ROUTER("R1") ROUTER("Host") LINKS LINK("R1:Gi0/0", "host:Gi0/0"), &why);
	ck_assert_msg(t != NULL, "%s", why);
	ck_assert_uint_eq(t->nwires, 0);
	ck_assert_uint_eq(t->nlinks, 1);
	topology_free(t);
}
END_TEST

/* Such a lab has the real time and the system's chance. */
START_TEST(wires_refused)
{
	char path[] = "/tmp/inspire-lab-XXXXXX", *why = NULL;
	struct lab_options o = { .topology = path, .seed = 1 };
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_gt(dprintf(fd, NODES ROUTER("R1") LINKS LINK("R1:Gi0/0", "host:veth0")), 0);
	close(fd);
	ck_assert_ptr_null(lab_new(&o, &why));
	ck_assert_ptr_nonnull(strstr(why, ":5: R1:GigabitEthernet0/0 is on a real wire (pcap:veth0): such a lab runs on the real clock alone"));
	free(why);
	o.real = o.seed_given = true;
	ck_assert_ptr_null(lab_new(&o, &why));
	ck_assert_ptr_nonnull(strstr(why, "such a lab takes no seed"));
	free(why);
	unlink(path);
}
END_TEST

static const struct { const char *text, *error; } wrong[] = {
	{ "", "lab.yml:1: the file is empty" },
	{ "topology: [", "lab.yml:1: not YAML: did not find expected node content" },
	{ "a: b\n: :\n  - c: [}\n", "lab.yml:" },
	{ "name: x\n", "lab.yml:1: there is no 'topology'" },
	{ "nme: x\ntopology: {nodes: {R1: }}\n", "lab.yml:1: unknown key 'nme' in the file" },
	{ "topology:\n  nodez: {R1: }\n", "lab.yml:2: unknown key 'nodez' in 'topology'" },
	{ "topology:\n  nodes:\n", "lab.yml:2: there are no nodes" },
	{ "topology:\n  links: []\n", "lab.yml:2: there are no nodes" },
	{ "topology:\n  nodes: [R1]\n", "lab.yml:2: 'nodes' must be a map of names and nodes" },
	{ NODES "    R1:\n      kind: linux\n      imagee: inspire\n", "lab.yml:5: unknown key 'imagee' in node 'R1'" },
	{ NODES "    R1: {labels: {inspire-knd: router}}\n", "lab.yml:3: unknown key 'inspire-knd' in the labels of node 'R1'" },
	{ "topology:\n  defaults:\n    foo: 1\n  nodes: {R1: }\n", "lab.yml:3: unknown key 'foo' in 'defaults'" },
	{ "topology:\n  kinds:\n    linux:\n      foo: 1\n  nodes: {R1: }\n", "lab.yml:4: unknown key 'foo' in kinds 'linux'" },
	{ NODES "    R1: {labels: {inspire-kind: toaster}}\n",
	    "lab.yml:3: inspire-kind 'toaster' of node 'R1' is not one of: router, switch, host, nat" },
	{ NODES "    R1: {labels: {inspire-kind: nat}}\n", "lab.yml:3: translator 'R1' needs an inspire-inside (192.0.2.1/24)" },
	{ NODES "    R1: {labels: {inspire-kind: nat, inspire-inside: 10.0.0.1/24, inspire-outside: 192.0.2.1/24, inspire-inside6: \"fd00::1/64\"}}\n", "lab.yml:3: translator 'R1' needs inspire-inside6 and inspire-outside6, or neither" },
	{ NODES "    R1: {labels: {inspire-kind: nat, inspire-inside: 10.0.0.1/24, inspire-outside: 192.0.2.1/24, inspire-inside6: \"fd00::1\"}}\n",
	    "lab.yml:3: inspire-inside6 'fd00::1' of node 'R1' is no station's address with its prefix's length (2001:db8::1/64)" },
	{ NODES "    R1: {labels: {inspire-kind: nat, inspire-inside: 10.0.0.1/24, inspire-outside: 192.0.2.1/24, inspire-inside6: \"fd00::1/48\", inspire-outside6: \"fd00::2/64\"}}\n",
	    "lab.yml:3: inside and outside of translator 'R1' overlap" },
	{ NODES "    R1: {labels: {inspire-kind: nat, inspire-inside: 10.0.0.1/24, inspire-outside: 192.0.2.1/24, inspire-gateway6: \"fd00::2\"}}\n",
	    "lab.yml:3: inspire-gateway6 of node 'R1' without an inspire-outside6" },
	{ NODES "    R1: {labels: {inspire-kind: nat, inspire-inside: 10.0.0.1/24, inspire-outside: 192.0.2.1/24, inspire-inside6: \"fd00::1/64\", inspire-outside6: \"fd01::2/64\", inspire-gateway6: \"fd02::1\"}}\n",
	    "lab.yml:3: inspire-gateway6 'fd02::1' of node 'R1' is no address on its outside" },
	{ NODES "    R1: {labels: {inspire-dialect: ios-11}}\n",
	    "lab.yml:3: inspire-dialect 'ios-11' of node 'R1' is not one of: ios-12, ios-15, ios-xe-17" },
	{ NODES "    R1: {labels: {inspire-engine: warp}}\n",
	    "lab.yml:3: inspire-engine 'warp' of node 'R1' is not one of: software, onboard" },
	{ NODES "    H: {labels: {inspire-kind: host}}\n", "lab.yml:3: host 'H' needs an inspire-address (192.0.2.10/24)" },
	{ NODES HOST("H", "10.0.0.256/24"), "lab.yml:3: inspire-address '10.0.0.256/24' of node 'H' is no address" },
	{ NODES HOST("H", "10.0.0.1"), "lab.yml:3: inspire-address '10.0.0.1' of node 'H' is no address" },
	{ NODES HOST("H", "10.0.0.0/24"), "lab.yml:3: inspire-address '10.0.0.0/24' of node 'H' is not a host's" },
	{ NODES HOST("H", "224.0.0.1/24"), "lab.yml:3: inspire-address '224.0.0.1/24' of node 'H' is not a host's" },
	{ NODES HOST("H", "10.0.0.1/24, inspire-gateway: 10.0.1.1"), "lab.yml:3: inspire-gateway '10.0.1.1' of node 'H' is not on its subnet" },
	{ NODES HOST("H", "10.0.0.1/24, inspire-gateway: router"), "lab.yml:3: inspire-gateway 'router' of node 'H' is no address" },
	{ NODES "    R1: {labels: {inspire-address: 10.0.0.1/24}}\n", "lab.yml:3: inspire-address means nothing for node 'R1': it is no host" },
	{ NODES "    S1: {startup-config: x.cfg, labels: {inspire-kind: switch}}\n", "lab.yml:3: startup-config of node 'S1': it is no router" },
	{ NODES "    R1: {kind: ceos}\n", "lab.yml:3: kind 'ceos' of node 'R1' does not run here (linux does)" },
	{ NODES "    R1: {image: alpine}\n", "lab.yml:3: image 'alpine' of node 'R1' does not run here (inspire does)" },
	{ NODES "    R1: {labels: [a]}\n", "lab.yml:3: the labels of node 'R1' must be a map" },
	{ NODES "    R1: {labels: {inspire-kind: [router]}}\n", "lab.yml:3: 'inspire-kind' of node 'R1' must be one word" },
	{ NODES ROUTER("R1") ROUTER("R1"), "lab.yml:4: 'R1' is there twice (first at line 3)" },
	{ NODES ROUTER("R1") ROUTER("r1"), "lab.yml:4: node 'r1' is there twice (first as 'R1' at line 3)" },
	{ NODES ROUTER("lab"), "lab.yml:3: no node can be called 'lab'" },
	{ NODES ROUTER("'R 1'"), "lab.yml:3: 'R 1' is no name for a node" },
	{ NODES ROUTER("R1") ROUTER("R2") LINKS LINK("R1:Gi0/0", "R3:Gi0/0"), "lab.yml:6: no node is called 'R3'" },
	{ NODES ROUTER("R1") LINKS LINK("R1:Gi0/0", "R1:Gi0/1"), "lab.yml:5: node 'R1' is linked to itself" },
	{ NODES ROUTER("R1") ROUTER("R2") ROUTER("R3") LINKS LINK("R1:Gi0/0", "R2:Gi0/0") LINK("R3:Gi0/0", "R1:gigabit 0/0"),
	    "lab.yml:8: R1:GigabitEthernet0/0 is linked twice (first at line 7)" },
	{ NODES ROUTER("R1") ROUTER("R2") LINKS LINK("R1:eth9", "R2:Gi0/0"), "" },
	{ NODES ROUTER("R1") ROUTER("R2") LINKS LINK("R1:Loopback0", "R2:Gi0/0"),
	    "lab.yml:6: 'Loopback0' of node 'R1' is no interface that a cable fits" },
	{ NODES ROUTER("R1") ROUTER("R2") LINKS LINK("R1:wlan0", "R2:Gi0/0"), "lab.yml:6: 'wlan0' of node 'R1' is no interface that a cable fits" },
	{ NODES ROUTER("R1") SWITCH("S1") LINKS LINK("R1:Gi0/0", "S1:"), "lab.yml:6: '' of node 'S1' is no name for a port" },
	{ NODES ROUTER("R1") LINKS LINK("R1", "R1:Gi0/0"), "lab.yml:5: an endpoint must be written \"NODE:INTERFACE\"" },
	{ NODES ROUTER("R1") LINKS "    - endpoints: [\"R1:Gi0/0\"]\n", "lab.yml:5: a link needs two endpoints" },
	{ NODES ROUTER("R1") LINKS "    - foo: 1\n      endpoints: []\n", "lab.yml:5: unknown key 'foo' in a link" },
	{ NODES ROUTER("R1") LINKS "    - type: vxlan\n      endpoints: []\n", "lab.yml:5: a link of type 'vxlan' does not run here (veth does)" },
	{ NODES HOST("H", "10.0.0.1/24") SWITCH("S") LINKS LINK("H:a", "S:1") LINK("H:b", "S:2"), "lab.yml:7: host 'H' has more than one link" },
	{ NODES SWITCH("A") SWITCH("B") SWITCH("C") LINKS LINK("A:1", "B:1") LINK("B:2", "C:1") LINK("C:2", "A:2"),
	    "lab.yml:9: this link closes a loop of switches (C - A)" },
	{ NODES SWITCH("A") SWITCH("B") LINKS LINK("A:1", "B:1") LINK("A:2", "B:2"), "lab.yml:7: this link closes a loop of switches (A - B)" },
	{ NODES ROUTER("R1") LINKS LINK("R1:Gi0/0", "host:a/b"), "lab.yml:5: R1:GigabitEthernet0/0: pcap:a/b: 'a/b' is no name of a device" },
	{ NODES ROUTER("R1") LINKS LINK("host:e0", "host:e1"), "lab.yml:5: both ends of this link are interfaces of this machine" },
	{ NODES SWITCH("S1") LINKS LINK("host:e0", "S1:1"), "lab.yml:5: S1:1: only a router can be on a real wire" },
	{ NODES ROUTER("R1") LINKS LINK("R1:Gi0/0", "host:e0") LINK("host:e1", "R1:gi0/0"),
	    "lab.yml:6: R1:GigabitEthernet0/0 is on a wire already (line 5)" },
	{ NODES ROUTER("R1") ROUTER("R2") LINKS LINK("R1:Gi0/0", "R2:Gi0/0") LINK("host:e1", "R1:gi0/0"),
	    "lab.yml:7: R1:GigabitEthernet0/0 is linked twice (first at line 6)" },
	{ NODES ROUTER("R1") ROUTER("R2") LINKS LINK("host:e1", "R1:gi0/0") LINK("R1:Gi0/0", "R2:Gi0/0"),
	    "lab.yml:7: R1:GigabitEthernet0/0 is on a wire already (line 6)" },
	{ NODES "    R1: {labels: {inspire-port-Gi0/0: 'pigeon:x'}}\n", "lab.yml:3: R1:GigabitEthernet0/0: pigeon:x: no such kind of port" },
	{ NODES "    R1: {labels: {inspire-port-lo0: 'tap:x'}}\n", "lab.yml:3: 'lo0' of node 'R1' is no interface that a cable fits" },
	{ NODES "    S1: {labels: {inspire-kind: switch, inspire-port-1: 'tap:x'}}\n", "lab.yml:3: S1:1: only a router can be on a real wire" },
	{ "topology:\n  defaults: {labels: {inspire-port-Gi0/0: 'tap:x'}}\n  nodes: {R1: }\n",
	    "lab.yml:2: unknown key 'inspire-port-Gi0/0' in the labels of 'defaults'" },
	{ "topology: &a\n  nodes: {R1: *a}\n", "lab.yml:2: alias 'a' stands inside what it names" },
	{ "topology: *nowhere\n", "lab.yml:1: alias 'nowhere' names nothing" },
	{ "topology: {nodes: {R1: }}\n---\nname: x\n", "lab.yml:2: a second document" },
	{ "topology: {nodes: {R1: {<<: x}}}\n", "lab.yml:1: what '<<' merges is not a map" },
};

START_TEST(errors)
{
	struct topology *t;
	char *why;

	t = parse(wrong[_i].text, &why);
	if (wrong[_i].error[0] == '\0') {	/* eth9: Ethernet9 by abbreviation, a good one */
		ck_assert_msg(t != NULL, "%s", why);
		topology_free(t);
		return;
	}
	ck_assert_msg(t == NULL, "accepted: %s", wrong[_i].text);
	ck_assert_msg(strncmp(why, wrong[_i].error, strlen(wrong[_i].error)) == 0, "expected: %s\ngot:      %s",
	    wrong[_i].error, why);
	free(why);
}
END_TEST

/* A few hundred bytes that would be gigabytes if aliases were copied. */
START_TEST(alias_bomb)
{
	struct topology *t;
	char *why;

	t = parse("a: &a [x,x,x,x,x,x,x,x,x]\n"
	    "b: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\n"
	    "e: &e [*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e]\ng: &g [*f,*f,*f,*f,*f,*f,*f,*f]\n", &why);
	ck_assert_ptr_null(t);
	ck_assert_str_eq(why, "lab.yml:1: unknown key 'a' in the file");
	free(why);
}
END_TEST

START_TEST(nested_deep)
{
	char text[2001], *why;

	memset(text, '[', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ck_assert_ptr_null(parse(text, &why));
	ck_assert_str_eq(why, "lab.yml:1: nested deeper than 64");
	free(why);
}
END_TEST

START_TEST(many_values)
{
	size_t n = 3 * YT_NODES_MAX;
	char *text = xmalloc(n + 3), *why;

	memset(text, 'x', n);
	text[0] = '[';
	for (size_t i = 2; i < n; i += 2)
		text[i] = ',';
	memcpy(text + n, "]\n", 3);
	ck_assert_ptr_null(parse(text, &why));
	ck_assert_str_eq(why, "lab.yml:1: more than 40000 values");
	free(why);
	free(text);
}
END_TEST

/* Each beginning of a good file is either good or an error, never a crash. */
START_TEST(cut_anywhere)
{
	static const char good[] = "name: l\ntopology:\n  nodes:\n    R1: {kind: linux, labels: &x {inspire-kind: switch}}\n"
	    "    R2: {labels: *x}\n  links:\n    - endpoints: [\"R1:1\", \"R2:1\"]\n";
	char *why;

	for (size_t n = 0; n < sizeof(good); n++) {
		struct topology *t = topology_parse("lab.yml", good, n, &why);

		ck_assert(t != NULL || why != NULL);
		if (t == NULL)
			free(why);
		topology_free(t);
	}
}
END_TEST

START_TEST(missing_files)
{
	struct lab_options o = { .topology = "/nonexistent/lab.yml" };
	char *why = NULL;

	ck_assert_ptr_null(lab_new(&o, &why));
	ck_assert_str_eq(why, "/nonexistent/lab.yml: No such file or directory");
	free(why);
}
END_TEST

START_TEST(missing_startup)
{
	char path[] = "/tmp/inspire-lab-XXXXXX", *why = NULL, *expected;
	struct lab_options o = { .topology = path };
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_gt(dprintf(fd, NODES "    R1: {startup-config: /nonexistent/r1.cfg}\n"), 0);
	close(fd);
	ck_assert_ptr_null(lab_new(&o, &why));
	unlink(path);
	expected = xasprintf("%s:3: startup-config '/nonexistent/r1.cfg' of node 'R1': No such file or directory", path);
	ck_assert_str_eq(why, expected);
	free(expected);
	free(why);
}
END_TEST

START_TEST(path_beside)
{
	char *p = topology_path("/a/b/lab.yml", "r1.cfg");

	ck_assert_str_eq(p, "/a/b/r1.cfg");
	free(p);
	p = topology_path("lab.yml", "r1.cfg");
	ck_assert_str_eq(p, "r1.cfg");
	free(p);
	p = topology_path("x/lab.yml", "/abs.cfg");
	ck_assert_str_eq(p, "/abs.cfg");
	free(p);
}
END_TEST

void
lab_topology_tests(TCase *tc)
{
	tcase_add_test(tc, whole_file);
	tcase_add_test(tc, inheritance);
	tcase_add_test(tc, anchors_and_merges);
	tcase_add_loop_test(tc, errors, 0, (int)(sizeof(wrong) / sizeof(wrong[0])));
	tcase_add_test(tc, alias_bomb);
	tcase_add_test(tc, nested_deep);
	tcase_add_test(tc, many_values);
	tcase_add_test(tc, cut_anywhere);
	tcase_add_test(tc, missing_files);
	tcase_add_test(tc, missing_startup);
	tcase_add_test(tc, wires);
	tcase_add_test(tc, wires_refused);
	tcase_add_test(tc, path_beside);
}
