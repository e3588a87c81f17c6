/**
 * Verified blocks on disk: extents, slots, hash pages, trust, room.
 *
 * <p>This page is the normative layout of a cache directory, format 1. Integers are big-endian,
 * times are nanoseconds since 1970 as 64-bit, "crc" is CRC32C of all bytes of the record before it.
 * Reasons and what was rejected: {@code docs/design/003-block-store.md}.
 *
 * <h2>Names</h2>
 *
 * <pre>
 * CACHE/p2pd-store                        label: format, store id, extent size, lives
 * CACHE/lock                              locked by the process that uses the store; its pid as text
 * CACHE/editions/HH/                      HH: first two of the 64 lower-case hex digits of the id
 * CACHE/editions/HH/ID/edition            what the edition is, and its signed catalogue entry
 * CACHE/editions/HH/ID/tree               hash pages of tiers 2 to 4 (editions above 64 MiB)
 * CACHE/editions/HH/ID/INDEX.GEN.data     one extent's bytes, sparse
 * CACHE/editions/HH/ID/INDEX.GEN.slots    its sidecar: header, seal, slots, hash pages of tiers 0, 1
 * CACHE/editions/HH/ID/unnamed            empty: no title names this edition any more
 * CACHE/editions/HH/ID.block              an edition of one block: its plain bytes
 * CACHE/editions/HH/ID.edition, ID.unnamed   the same two records for an edition of one block
 * </pre>
 *
 * INDEX is the extent's number in decimal, GEN its generation in 16 hex digits. Any of these names
 * followed by {@code .tmp} is half written and removed at start. Whatever else lies in CACHE (the
 * node's state) is left alone, and counts against the limit. All but the label and the lock can be
 * deleted while the store is closed; that only costs fetching again.
 *
 * <h2>Records</h2>
 *
 * <pre>
 * p2pd-store, 64 bytes                       edition, 64 + n bytes
 *   0  8 "P2PDSTOR"                            0  8 "P2PDEDIT"
 *   8  4 format = 1                            8  4 format = 1
 *  12  4 zero                                 12  4 digest code
 *  16 16 store id, random                     16  8 length in bytes
 *  32  8 extent size in bytes                 24 32 root
 *  40  8 lives: opened how often              56  4 n: length of the signed entry, at most 65,536
 *  48 12 zero                                 60  n signed entry
 *  60  4 crc                                60+n  4 crc
 *
 * sidecar header, 128 bytes at 0             seal, 128 bytes at 128 (all zero: not sealed)
 *   0  8 "P2PDSLOT"                            0  4 1: holds in this boot; 2: data was forced first
 *   8  4 format = 1                            4  4 zero
 *  12  4 block size in bytes                   8  8 inode   of the data file
 *  16 32 edition id                           16  8 size
 *  48  8 edition length in bytes              24  8 mtime
 *  56  8 extent size in bytes                 32  8 ctime
 *  64  8 generation                           40 16 boot id
 *  72  4 extent index                         56 32 SHA-256 of the header and all slots
 *  76 16 store id                             88 36 zero
 *  92 32 zero                                124  4 crc
 * 124  4 crc
 *
 * sidecar, all of it                         hash page, 4,096 bytes
 *   0    header                                0 4032 126 hashes: below the page's root, level by
 *  128   seal                                         level from the top, left to right
 *  256   zero                               4032   16 which are present, bit 0 = first, little-endian
 *  512   slots, 32 bytes a block            4048    8 page number in its file
 *    P   hash pages of tier 0, one a MiB    4056   36 zero
 *    Q   hash pages of tier 1, one a 64 MiB 4092    4 crc
 * </pre>
 *
 * P is 512 + 32 × blocks rounded up to 4,096. Extents, sidecars and trees are sparse and have their
 * full length from their creation (the last byte is written as zero), so that no file system
 * allocates ahead of their end and their size never changes.
 *
 * <p>A <b>slot</b> is the hash of its block, or 32 zeros: not held. It is written after the block's
 * bytes. A <b>hash page</b> of tier t holds nodes of levels 6t to 6t+5 in leaf-based coordinates,
 * whatever the block size: all nodes strictly below one node of level 6t+6. So the two children of
 * any node share a page, and a block's proof touches one page a tier. Tiers 0 and 1 lie inside any
 * extent (extents are at least 64 MiB) and go with it; tiers 2 and up take 4 KiB for each 4 GiB and
 * go with the edition: in {@code tree}, first the pages of tier 2, then 3, then 4. The root is not
 * kept, the edition is named by it. A page whose crc is wrong is empty. Hashes that are in no page
 * are folded from slots, those below a block from its data.
 *
 * <p>The extent size is the largest power of two up to C/16, within 64 MiB and 64 GiB, fixed when
 * the store is made. A sidecar fixes its extent's block size. A generation is lives × 2^32 plus a
 * count, so that no name is ever used twice, also after a crash.
 *
 * <h2>An extent's life</h2>
 *
 * <pre>
 *             reserve              first keepProof or put             housekeeping, close
 *   (none) ───────────▶ PLANNED ───────────────────────▶ FILLING ───────────────────────▶ SEALED
 *      ▲                   │ last room closed               │  ▲                            │ │
 *      └───────────────────┘                                │  └──── next put, or changed ──┘ │
 *      ▲                                                    ▼ evict                    evict ▼
 *      │       no process has it open                    RETIRED: in no map, sidecar unlinked,
 *      └─────────────────────────────────────────────────then data; counted until it is gone
 * </pre>
 *
 * and a block's:
 *
 * <pre>
 *          put: data, then slot                  seal unchanged, or data verified to the root
 *   absent ──────────────────────▶ trusted ◀──────────────────────────────────── held
 *      ▲                              └── restart without seal; file stamp changed ─▶ │
 *      └──────────────────────────────── data does not verify ───────────────────────┘
 * </pre>
 *
 * A one-block edition has no sidecar: its file appears whole by rename, and is verified once in
 * every life of the process.
 *
 * <h2>Trust</h2>
 *
 * A file's <b>stamp</b> is (inode, size, mtime, ctime). Trust is a set of blocks that were verified
 * while the file had a stamp. The stamp is compared at every plan, <em>after</em> every read (a
 * write moves ctime before it changes bytes, so a read that saw changed bytes sees a changed stamp)
 * and before the extent is written again. Who compares first takes the new stamp; so a reader also
 * asks whether trust was lost since it began (the extent's <b>epoch</b> of trust). If it differs,
 * the whole extent is held and no longer trusted, and the file is opened anew: bytes are verified
 * where a container will find them, in what has the name now. While rooms are open and have
 * written, our own writes move the stamp and nothing is compared: the one gap. When the last of
 * them closes, the stamp is taken anew.
 *
 * <p>A quiet extent (no room for 2 s) is sealed: data forced, stamp and a digest of all slots
 * written to the sidecar. At close the rest are sealed without forcing, which holds while the boot
 * id is the same. At start an extent is trusted if seal, slots, stamp and (forced or boot id)
 * agree; otherwise each block is verified before it is first served, also after a mere kill. The
 * first write takes the seal away before it touches data.
 *
 * <p>Verifying never believes a slot alone: the hash of the data must lead to the edition's root
 * through hash pages, or through slots where a page is missing or does not lead. What is learned
 * mends the records: data right and slot wrong, the slot is written anew; pages wrong and slots
 * right, the pages are; data wrong or nothing leads to the root, the block is dropped (slot zeroed,
 * logged, counted) and will be fetched again. Proofs are checked to the root before they are given
 * away. So a forged slot, a cut tree and a flipped bit cost work, never a wrong byte.
 *
 * <h2>Crashes</h2>
 *
 * <ul>
 *   <li>Killed process: the kernel keeps what was written. Data without slot: not held, its space
 *       is counted (allocation is measured at start). Half an extent (data without sidecar, sidecar
 *       without valid header or data): removed. Half an eviction: the sidecar went first, so
 *       nothing is claimed. Temporary names: removed. Hashes are kept before the blocks that they
 *       prove.
 *   <li>Dead machine: anything may be old, zero or torn. Only forced seals count, and a sealed
 *       extent's data was on disk before its seal. Everything else is verified when it is used.
 *       Records are within one sector or carry a crc; a torn one is an absent one.
 *   <li>Full or failing disk: the write that fails is a block not held; its space stays counted;
 *       nothing is reserved for 10 s.
 * </ul>
 *
 * <h2>The limit</h2>
 *
 * Every file is charged, before it is written, with the most it can take: bytes rounded up to 4 KiB
 * for each block, 1/128 and 8 KiB for the file system's own tree of a sparse file, sidecars' slots
 * in full, hash pages when first touched, directories by their greatest number of entries (they do
 * not shrink). used + reserved + deleted-but-open ≤ C at every instant; {@code du} is at most used
 * + what rooms wrote. At start the charge is what the file system says is allocated, by one {@code
 * statx} a file, plus the same margins. What others keep in the directory is counted every 10 s,
 * with 256 KiB for what it grows in between; the node's own catalogue, which may grow by megabytes
 * at once, reserves what it is about to write.
 *
 * <h2>News</h2>
 *
 * A {@code HeldListener} hears each block that becomes held and each stretch that goes: a block
 * that was put; one that did not verify; an extent whose files are missing; one that is evicted,
 * after it was taken out of use and before its files are unlinked. News is noted under the monitor
 * of its edition and told when that was left, one piece after the other in the order in which it
 * was noted, by whoever did the work or by whoever is telling just then. Every piece carries what
 * is held of the edition then, so a listener that keeps only sums cannot drift. At start an edition
 * is told by what its files have allocated; its blocks are told when it is loaded, each time, since
 * others may have changed the slots meanwhile.
 *
 * <h2>Memory</h2>
 *
 * After the walk an edition is a summary of some 300 bytes. Its extents are loaded (sidecars only)
 * when it is first asked for, about 2 KB and a bitmap of its blocks, and go back to a summary when
 * nobody asked for 10 minutes and all of it is sealed.
 *
 * <h2>Threads</h2>
 *
 * The state of an edition and its extents is guarded by the monitor of its {@code StoredEdition};
 * bytes are read and written without it. Order of locks: room, evictor, edition, hash pages,
 * ledger. Listeners are called with none of these but, in an eviction, the evictor's; so they may
 * ask what is held, and must not ask for room. No lock is shared by editions during I/O but the
 * evictor's, which only those take who must free space. Threads that call the store must not be
 * interrupted: an interrupt closes a {@code FileChannel} for everyone. The store itself never
 * interrupts and survives it: a channel found closed is opened again. One thread of its own, {@code
 * p2pd-store}, walks the directory at start, then seals and tidies.
 */
@NullMarked
package org.p2pd.store;

import org.jspecify.annotations.NullMarked;
