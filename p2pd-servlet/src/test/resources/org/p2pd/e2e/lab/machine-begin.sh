#!/bin/sh
# Becomes the first process of a Machine, in namespaces of its own.
# Arguments: where to put the file system together, the shared directory, the first process.
set -e
base=$1 shared=$2
shift 2
mount --make-rprivate /
mount -t tmpfs tmpfs "$base"
mkdir "$base/changes" "$base/work" "$base/root"
# These are not there, also when another test makes them meanwhile: an overlay's mark of what was deleted.
mknod "$base/changes/mediafiles" c 0 0
mknod "$base/changes/cachefiles" c 0 0
root=$base/root
mount -t overlay overlay \
  -o "lowerdir=/,upperdir=$base/changes,workdir=$base/work" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
for directory in run tmp dev; do
  mount -t tmpfs -o mode=755 tmpfs "$root/$directory"
done
chmod 1777 "$root/tmp"
mkdir "$root/dev/pts" "$root/dev/shm"
for device in null zero full random urandom tty; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
mkdir -p "$root/mnt/shared" "$root/mnt/changes" "$root/mnt/old"
mount --bind "$shared" "$root/mnt/shared"
mount --bind "$base/changes" "$root/mnt/changes"
# Images for containers leave manuals out and forbid services; a machine does not.
rm -f "$root"/etc/dpkg/dpkg.cfg.d/docker "$root"/etc/dpkg/dpkg.cfg.d/excludes
rm -f "$root/usr/sbin/policy-rc.d"
# Each installation would index all manuals of this machine anew.
rm -f "$root/var/lib/man-db/auto-update"
# Only systemd's own services: not those that this machine happens to have.
rm -rf "$root"/etc/systemd/system/*
ip link set lo up
cd "$root"
pivot_root . mnt/old
umount -l /mnt/old
rmdir /mnt/old
exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
