package org.p2pd.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;

import com.google.common.net.InetAddresses;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.p2pd.model.NodeId;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.NodeFacts;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The members of a group that this node has seen, kept in a file, so that it finds the group again
 * at its next start, also when the parent is down. Those at a name are not remembered: nobody's
 * name is looked up because others told it. Thread-safe.
 *
 * <p>Being alone makes it forget nobody. An entry goes when others are in view, it is not, and it
 * has not been for 30 days; when another node answers in its place; or, the longest unseen first,
 * when there are more than 256.
 */
public final class RememberedPeers {

  private static final Logger LOG = LoggerFactory.getLogger(RememberedPeers.class);

  /** The most that are remembered. */
  public static final int MAX = 256;

  /** How long a member that is away is remembered. */
  public static final Duration KEPT = Duration.ofDays(30);

  private static final String FORMAT = "p2pd-peers 1";
  private static final Pattern LINE =
      Pattern.compile(
          "(\\S{43}) (server|cache) (\\S{1,64}) (\\d{1,5}) (\\S{1,200}) (\\d{1,5}) (\\d{1,12})");
  private static final String NO_PATH = "-";
  private static final int MAX_FILE_BYTES = 128 * 1024;

  private record Seen(Member member, Instant last) {}

  private final Path file;
  private final InstantSource clock;
  private final Executor writer;

  /** Held while the file is written; not the monitor of this, which views need. */
  private final Object writing = new Object();

  private final AtomicBoolean toBeWritten = new AtomicBoolean();

  @GuardedBy("this")
  private final Map<NodeId, Seen> peers = new HashMap<>();

  /** Who is in view now, and so has been seen until now. */
  @GuardedBy("this")
  private List<Member> inView = List.of();

  private RememberedPeers(Path file, InstantSource clock, Executor writer) {
    this.file = file;
    this.clock = clock;
    this.writer = writer;
  }

  /**
   * Reads the file; what is no such file is forgotten, with a line in the log.
   *
   * @param file in a directory that exists; of one group
   * @param writer runs what writes the file
   */
  public static RememberedPeers open(Path file, InstantSource clock, Executor writer) {
    RememberedPeers peers = new RememberedPeers(file, clock, writer);
    if (Files.exists(file)) {
      peers.read();
    }
    return peers;
  }

  private synchronized void read() {
    try {
      if (Files.size(file) > MAX_FILE_BYTES) {
        throw new IOException("it is too long");
      }
      List<String> lines = Files.readAllLines(file, UTF_8);
      if (lines.isEmpty() || !lines.get(0).equals(FORMAT)) {
        throw new IOException("it does not begin with \"" + FORMAT + "\"");
      }
      for (String line : lines.subList(1, lines.size())) {
        Seen seen = parse(line).orElseThrow(() -> new IOException("it has a line: " + line));
        remember(seen);
      }
      keepTheLatest();
    } catch (IOException e) {
      // Fail open: whoever is there is learned again from the parents.
      LOG.warn("the peers remembered in {} are forgotten: {}", file, e.toString());
      peers.clear();
    }
  }

  /**
   * Takes note of a view. Returns at once; the file is written by the writer, once for all that was
   * seen meanwhile.
   */
  public void saw(GroupView view) {
    synchronized (this) {
      Instant now = clock.instant();
      inView.forEach(member -> see(member, now));
      inView = view.others();
      inView.forEach(member -> see(member, now));
      if (!inView.isEmpty()) {
        Instant oldest = now.minus(KEPT);
        peers.values().removeIf(seen -> seen.last.isBefore(oldest));
      }
      keepTheLatest();
    }
    if (toBeWritten.compareAndSet(false, true)) {
      try {
        writer.execute(this::write);
      } catch (RejectedExecutionException e) {
        LOG.debug("{} is not written any more: the node is being stopped", file);
      }
    }
  }

  @GuardedBy("this")
  private void see(Member member, Instant now) {
    peers.values().removeIf(seen -> seen.member.seed().equals(member.seed()));
    remember(new Seen(member, now));
  }

  @GuardedBy("this")
  private void remember(Seen seen) {
    if (InetAddresses.isInetAddress(seen.member.address().host())) {
      peers.put(seen.member.id(), seen);
    }
  }

  @GuardedBy("this")
  private void keepTheLatest() {
    if (peers.size() > MAX) {
      List<Seen> latest = latestFirst().subList(0, MAX);
      peers.values().retainAll(latest);
    }
  }

  @GuardedBy("this")
  private List<Seen> latestFirst() {
    List<Seen> all = new ArrayList<>(peers.values());
    all.sort(Comparator.comparing(Seen::last).reversed());
    return all;
  }

  /** Those seen last come first. At most {@value #MAX}. */
  public synchronized List<Member> members() {
    return latestFirst().stream().map(Seen::member).toList();
  }

  /** Where they may be found. */
  public List<Seed> seeds() {
    return members().stream().map(Member::seed).toList();
  }

  private void write() {
    synchronized (writing) { // one at a time, so that the newest is written last
      writeNow();
    }
  }

  private void writeNow() {
    toBeWritten.set(false);
    StringBuilder text = new StringBuilder(FORMAT).append('\n');
    synchronized (this) {
      latestFirst().forEach(seen -> text.append(line(seen)).append('\n'));
    }
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.writeString(fresh, text, UTF_8);
      Files.move(fresh, file, ATOMIC_MOVE);
    } catch (IOException e) {
      // Only the next start misses it.
      LOG.warn(
          "the peers cannot be remembered in {} ({}): free space or mend the rights of the state"
              + " directory; it is needed only when the parent is down at the next start",
          file,
          e.toString());
    }
  }

  private static String line(Seen seen) {
    Member member = seen.member;
    NodeAddress address = member.address();
    return String.join(
        " ",
        member.id().toString(),
        member.role().name().toLowerCase(Locale.ROOT),
        address.host(),
        Integer.toString(address.port()),
        address.contextPath().isEmpty() ? NO_PATH : address.contextPath(),
        Integer.toString(member.clusterPort()),
        Long.toString(seen.last.getEpochSecond()));
  }

  private static Optional<Seen> parse(String line) {
    Matcher form = LINE.matcher(line);
    if (!form.matches()) {
      return Optional.empty();
    }
    String path = form.group(5).equals(NO_PATH) ? "" : form.group(5);
    try {
      NodeAddress address = new NodeAddress(form.group(3), Integer.parseInt(form.group(4)), path);
      NodeFacts.Role role = NodeFacts.Role.valueOf(form.group(2).toUpperCase(Locale.ROOT));
      int clusterPort = Integer.parseInt(form.group(6));
      Instant last = Instant.ofEpochSecond(Long.parseLong(form.group(7)));
      return NodeId.parse(form.group(1))
          .map(id -> new Seen(new Member(id, role, address, clusterPort), last));
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // a port or a path that is none
    }
  }
}
