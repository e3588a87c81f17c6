package org.p2pd.catalogue;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.p2pd.identity.PublicKey;
import org.p2pd.model.NodeId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which authority a replica believes, kept in a file (docs/spp-catalogue.md section 3).
 * Thread-safe.
 *
 * <p>UNKNOWN → (first batch of a sibling) PROVISIONAL → (of the parent) PINNED; UNKNOWN → PINNED;
 * the owner's {@code --authority} goes over all of them.
 */
public final class Pin {

  private static final Logger LOG = LoggerFactory.getLogger(Pin.class);
  private static final Pattern FORM =
      Pattern.compile("p2pd-authority 1\nkey ([A-Za-z0-9_-]{43})\n(pinned|provisional)\n");
  private static final int MAX_FILE_BYTES = 1024;

  /** What to do with a batch that names a key, if its signature is right. */
  enum Verdict {
    BELIEVE,
    /** Believe it, and forget what the provisional key before it signed. */
    REPLACE,
    REFUSE
  }

  private final Path file;

  @GuardedBy("this")
  private @Nullable NodeId beforehand;

  /** The key that the owner wants believed as soon as the parent shows it. */
  @GuardedBy("this")
  private @Nullable NodeId successor;

  @GuardedBy("this")
  private @Nullable PublicKey believed;

  @GuardedBy("this")
  private boolean provisional;

  @GuardedBy("this")
  private @Nullable NodeId shownInstead;

  private Pin(Path file, @Nullable NodeId beforehand) {
    this.file = file;
    this.beforehand = beforehand;
  }

  /**
   * The pin that is kept in that file.
   *
   * @param beforehand the fingerprint that the owner pins; it overrules the file
   * @throws IOException if the file cannot be read, or is none; the message says what to do
   */
  public static Pin open(Path file, Optional<NodeId> beforehand) throws IOException {
    Pin pin = new Pin(file, beforehand.orElse(null));
    if (Files.exists(file)) {
      pin.read();
    }
    return pin;
  }

  private synchronized void read() throws IOException {
    String text =
        Files.size(file) > MAX_FILE_BYTES ? "" : new String(Files.readAllBytes(file), US_ASCII);
    Matcher form = FORM.matcher(text);
    Optional<PublicKey> key =
        form.matches() ? PublicKey.ofBase64Url(form.group(1)) : Optional.empty();
    if (key.isEmpty()) {
      throw new IOException(
          "the pinned authority in "
              + file
              + " cannot be read: restore the file, or delete it to trust the key that the parent"
              + " shows next");
    }
    if (beforehand == null || beforehand.equals(key.get().id())) {
      believed = key.get();
      provisional = form.group(2).equals("provisional") && beforehand == null;
      return;
    }
    LOG.warn("authority {} is believed from now on, no longer {}", beforehand, key.get().id());
  }

  /** The owner trusts another key from now on; it takes over when the parent shows it. */
  public synchronized void trust(NodeId fingerprint) {
    successor = fingerprint;
  }

  synchronized Verdict judge(PublicKey key, Shower shower) {
    if (shower == Shower.PARENT && key.id().equals(successor)) {
      return verdict(true, key, shower);
    }
    if (beforehand != null) {
      return verdict(beforehand.equals(key.id()), key, shower);
    }
    PublicKey known = believed;
    if (known == null || known.equals(key)) {
      return verdict(true, key, shower);
    }
    return provisional && shower == Shower.PARENT ? Verdict.REPLACE : verdict(false, key, shower);
  }

  @GuardedBy("this")
  private Verdict verdict(boolean believe, PublicKey key, Shower shower) {
    if (shower == Shower.PARENT) {
      NodeId before = shownInstead;
      shownInstead = believe ? null : key.id();
      if (!believe && !key.id().equals(before)) {
        LOG.warn("{}", state().problem().orElse("the parent shows another authority: " + key));
      }
    }
    return believe ? Verdict.BELIEVE : Verdict.REFUSE;
  }

  /** Takes note of a key that was judged good and whose signature was right. */
  synchronized void believe(PublicKey key, Shower shower) {
    if (key.id().equals(successor)) {
      successor = null;
      beforehand = beforehand == null ? null : key.id();
    }
    PublicKey known = believed;
    boolean same = known != null && known.equals(key);
    boolean nowProvisional =
        beforehand == null && shower == Shower.SIBLING && (!same || provisional);
    if (same && provisional == nowProvisional) {
      return;
    }
    believed = key;
    provisional = nowProvisional;
    shownInstead = null;
    LOG.info("authority {} is {}", key.id(), provisional ? "believed provisionally" : "pinned");
    keep(key);
  }

  @GuardedBy("this")
  private void keep(PublicKey key) {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    try {
      Path directory = file.toAbsolutePath().getParent();
      if (directory != null) {
        Files.createDirectories(directory);
      }
      Files.writeString(
          fresh,
          "p2pd-authority 1\nkey "
              + key.toBase64Url()
              + "\n"
              + (provisional ? "provisional" : "pinned")
              + "\n");
      Files.move(fresh, file, ATOMIC_MOVE);
    } catch (IOException e) {
      // This process believes it all the same; the next would pin what it is shown first.
      LOG.warn("the authority cannot be kept in {}: {}", file, e.toString());
    }
  }

  /** The key that is believed, if one was seen. */
  synchronized Optional<PublicKey> believed() {
    return Optional.ofNullable(believed);
  }

  public synchronized AuthorityState state() {
    PublicKey key = believed;
    NodeId trusted = key == null ? beforehand : key.id();
    if (trusted == null) {
      return new AuthorityState.Unknown();
    }
    if (shownInstead != null) {
      return new AuthorityState.Changed(trusted, shownInstead);
    }
    if (key == null) {
      return new AuthorityState.Expected(trusted);
    }
    return provisional
        ? new AuthorityState.Provisional(trusted)
        : new AuthorityState.Pinned(trusted);
  }
}
