package org.p2pd.spp;

import java.time.Duration;
import org.p2pd.model.Hash;
import org.p2pd.tree.SpanProof;

/** What SPP/1 bounds (docs/spp.md sections 3 and 9). */
public final class SppLimits {

  /** The largest request body and the largest JSON answer, in bytes. */
  public static final int MAX_JSON_BYTES = 64 * 1024;

  /** The largest body of a request that belongs to no session, in bytes. */
  public static final int MAX_STRANGERS_JSON_BYTES = 4 * 1024;

  /** The largest answer to {@code catalogue}, in bytes. */
  public static final int MAX_CATALOGUE_BYTES = 4 * 1024 * 1024;

  /** The largest answer to {@code holdings}, in bytes. */
  public static final int MAX_HOLDINGS_BYTES = 1024 * 1024;

  /** The most editions that one question for holdings is about, block by block. */
  public static final int MAX_HOLDINGS_EDITIONS = 32;

  /** The most editions of a digest, and the most runs of blocks of one edition, in one answer. */
  public static final int MAX_DIGEST_RECORDS = 65_536;

  public static final int MAX_BLOCK_RUNS = 4_096;

  /** The longest line of a head, and all of a head together, in bytes. */
  public static final int MAX_HEAD_BYTES = 8 * 1024;

  /** The most node ids in {@code SPP-Exclude} or {@code SPP-Path}. */
  public static final int MAX_IDS = 16;

  /** The largest {@code SPP-Rate}, in bytes a second. */
  public static final long MAX_RATE = 1_000_000_000_000L;

  /** The longest {@code SPP-Lease}, in seconds. */
  public static final int MAX_LEASE_SECONDS = 600;

  /** The most pairs of positions in a notice about leases. */
  public static final int MAX_LEASE_PAIRS = 64;

  /** How long an asked node waits for the proof of what is on its way to it. */
  public static final Duration PROOF_WITHIN = Duration.ofSeconds(2);

  /** The most open requests of one session; those that wait for news count too. */
  public static final int MAX_OPEN_REQUESTS = 128;

  /** The most sessions a node keeps; the least recently used is forgotten first. */
  public static final int MAX_SESSIONS = 1_024;

  /** The most of them in which one node asks; its least recently used is forgotten first. */
  public static final int MAX_SESSIONS_OF_NODE = 16;

  /** The most sessions that wait for their confirmation, in all and of one address. */
  public static final int MAX_UNCONFIRMED = 64;

  public static final int MAX_UNCONFIRMED_OF_ADDRESS = 8;

  /** How long a session may wait for its confirmation. */
  public static final Duration CONFIRM_WITHIN = Duration.ofSeconds(10);

  /** How long a session may be unused. */
  public static final Duration SESSION_IDLE = Duration.ofMinutes(10);

  /** The longest {@code wait} of a question for news. */
  public static final Duration MAX_WAIT = Duration.ofSeconds(55);

  /** The most questions for news that wait, of all sessions and both kinds together. */
  public static final int MAX_WAITING_FOR_NEWS = 1_024;

  /** The most answers of more than {@link #MAX_JSON_BYTES} on their way in one session. */
  public static final int MAX_LARGE_ANSWERS = 2;

  /** The most bytes of such answers on their way, in all sessions together. */
  public static final int MAX_LARGE_ANSWERS_BYTES = 64 * 1024 * 1024;

  /**
   * How long a node waits for the first bytes of what it fetches for a child: less than the child
   * waits for its answer.
   */
  public static final Duration FIRST_BYTES_WITHIN = Duration.ofSeconds(4);

  /** The longest cursor, in characters. */
  public static final int MAX_CURSOR_CHARS = 80;

  /** Counters are below 2^53. */
  public static final long MAX_COUNTER = (1L << 53) - 1;

  /** The longest host of an address that one node tells another, in characters. */
  public static final int MAX_HOST_CHARS = 64;

  /** The longest context path, in characters. */
  public static final int MAX_PATH_CHARS = 200;

  /** Reports of one node that are heeded, per minute. */
  public static final int MAX_REPORTS_A_MINUTE = 60;

  /** How many dial-backs at once, and how long and large each may be. */
  public static final int MAX_DIAL_BACKS = 8;

  public static final Duration DIAL_BACK_WITHIN = Duration.ofSeconds(3);

  public static final int MAX_DIAL_BACK_BYTES = 4 * 1024;

  public static final int NONCE_BYTES = 32;
  public static final int KEY_BYTES = 32;
  public static final int SESSION_BYTES = 16;
  public static final int MAC_BYTES = 32;
  public static final int SIGNATURE_BYTES = 64;

  /** The longest proof and the longest run of leaf hashes, in bytes. */
  public static final int MAX_PROOF_BYTES = SpanProof.MAX_HASHES * Hash.BYTES;

  public static final int MAX_LEAVES_BYTES = 64 * Hash.BYTES;

  /** The most members of a group, and the most addresses of their parent, in one answer. */
  public static final int MAX_MEMBERS = 256;

  public static final int MAX_PARENTS = 16;

  private SppLimits() {}
}
