package org.p2pd.publish;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

/** Whether all that happens to files can be seen as events on this machine. */
enum FileSystemKind {
  LOCAL,
  /** Other machines, or a process in user space, may change files behind the kernel's back. */
  NETWORK;

  /** {@code f_type} as in statfs(2) and linux/magic.h. */
  private static final Set<Long> NETWORK_TYPES =
      Set.of(
          0x6969L, // NFS
          0x517BL, // SMB
          0xFF534D42L, // CIFS
          0xFE534D42L, // SMB2
          0x65735546L, // FUSE: sshfs, GlusterFS, s3fs, virtiofs
          0x01021997L, // 9P
          0x00C36400L, // Ceph
          0x5346414FL, // AFS
          0x6B414653L, // kAFS
          0x73757245L, // Coda
          0x564CL, // NCP
          0x0BD00BD0L, // Lustre
          0x47504653L, // GPFS
          0x19830326L, // BeeGFS
          0x01161970L, // GFS2
          0x7461636FL, // OCFS2
          0x786F4256L, // VirtualBox shared folders
          0xBACBACBCL); // VMware shared folders

  static FileSystemKind of(Libc libc, Path path) throws IOException {
    // f_type is a signed word; the magic numbers have 32 bits.
    return NETWORK_TYPES.contains(libc.fileSystemType(path) & 0xFFFF_FFFFL) ? NETWORK : LOCAL;
  }
}
