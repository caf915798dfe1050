#!/bin/sh
# First process of a user-mode Linux guest (tools/interop/guest.sh boots it).  Its root is the host's, read only; laid over it are
# the unpacked packages and a tmpfs, so that the guest may write where it likes and nothing of it outlives the guest.  Only the
# work folder, /work in the guest, is the host's to write to.
#
# From the kernel's command line: um_trees (folders, first wins, with a colon between), um_work, um_name.
# Commands are scripts in the work folder; their names come by the second console, and are answered there with the status.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH

if [ "${1:-}" != inside ]; then
	# The host's own mount is set-user-ID: of whom, an ordinary user's guest does not see.  A copy is not.
	cp /usr/bin/mount /dev/mount && mount=/dev/mount || mount=mount
	$mount -t proc proc /proc
	# A place to work at that every machine has, and that no tree is under.
	$mount -t tmpfs scratch /sys
	mkdir -p /sys/up /sys/work /sys/new /sys/mods/lib
	lower= n=0 kmod=
	IFS=:
	for tree in $um_trees; do
		n=$((n + 1))
		mkdir "/sys/tree$n"
		$mount -t hostfs -o "$tree" tree "/sys/tree$n"
		lower=$lower/sys/tree$n:
		[ -d "/sys/tree$n/usr/lib/uml/modules" ] && ln -sfn "/sys/tree$n/usr/lib/uml/modules" /sys/mods/lib/modules
		[ -x "/sys/tree$n/usr/bin/kmod" ] && kmod=/sys/tree$n/usr/bin/kmod
	done
	unset IFS
	# kmod is what it is called by
	ln -s "${kmod:-/usr/bin/kmod}" /sys/modprobe
	/sys/modprobe -d /sys/mods overlay
	$mount -t overlay -o "nosuid,lowerdir=$lower/,upperdir=/sys/up,workdir=/sys/work" root /sys/new || echo "guest: no overlay"
	mkdir -p /sys/new/work /sys/new/guest/lib
	ln -s /usr/lib/uml/modules /sys/new/guest/lib/modules
	$mount -t hostfs -o "$um_work" work /sys/new/work
	cp "$0" /sys/new/guest/init
	ln -s kmod /sys/new/usr/bin/modprobe.kmod 2>/dev/null
	for fs in proc:proc sysfs:sys tmpfs:run tmpfs:tmp devtmpfs:dev; do
		$mount -t "${fs%:*}" "${fs%:*}" "/sys/new/${fs#*:}"
	done
	exec chroot /sys/new /guest/init inside
fi

exec >/work/boot.log 2>&1
cd /work || exit
mkdir -p /dev/net /dev/pts
hostname "$um_name"
# The kernel asks for modules by this one; the host's modules are not the guest's.
cat >/guest/modprobe <<-'M'
	#!/bin/sh
	exec /usr/sbin/modprobe -d /guest "$@"
M
chmod +x /guest/modprobe
echo /guest/modprobe >/proc/sys/kernel/modprobe
# What the first SA would wait seconds for is loaded beforehand, and the generators are instantiated by making one.
/guest/modprobe -a esp4 esp6 ah4 ah6 xfrm_user xfrm4_tunnel xfrm6_tunnel authenc cbc gcm ctr echainiv seqiv hmac drbg \
	jitterentropy_rng sha512_generic ghash-generic des_generic tun
ip link set lo up
uname -sr
cat /proc/uptime
stty -F /dev/tty1 raw -echo
{
	echo "up 0"
	while read -r name; do
		[ -n "$name" ] || continue
		(. "./$name.cmd") >"$name.out" 2>&1 </dev/null
		echo "$name $?"
	done
} </dev/tty1 >/dev/tty1
echo o >/proc/sysrq-trigger
sleep 60
