package org.p2pd.spp;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The secrets of one node: which it accepts, which it speaks, and whether it may hand it out.
 * Thread-safe.
 *
 * <p>Three origins, of which a node has exactly one: <em>given</em> by its owner in files (never
 * handed out), <em>derived</em> from a server's own key, or <em>handed</em> by a parent, kept in a
 * file and replaced when the parent has a new one.
 */
public final class Secrets {

  private static final Logger LOG = LoggerFactory.getLogger(Secrets.class);

  private final boolean given;
  private final @Nullable Path keptIn;

  @GuardedBy("this")
  private List<Secret> accepted;

  private Secrets(List<Secret> accepted, boolean given, @Nullable Path keptIn) {
    this.accepted = List.copyOf(accepted);
    this.given = given;
    this.keptIn = keptIn;
  }

  /** The owner's secrets, at least one; the first is spoken, all are accepted. */
  public static Secrets given(List<Secret> secrets) {
    if (secrets.isEmpty()) {
      throw new IllegalArgumentException("no secret was given");
    }
    return new Secrets(secrets, true, null);
  }

  /** A server's own. */
  public static Secrets derived(Secret secret) {
    return new Secrets(List.of(secret), false, null);
  }

  /** What a parent hands, or has handed before: then it is in that file. */
  public static Secrets handed(Path keptIn) {
    if (!Files.exists(keptIn)) {
      return new Secrets(List.of(), false, keptIn);
    }
    try {
      return new Secrets(List.of(SecretFile.read(keptIn)), false, keptIn);
    } catch (IOException e) {
      // Fail open: the parent hands it again.
      LOG.warn("the secret that was kept in {} is lost and will be asked for again", keptIn, e);
      return new Secrets(List.of(), false, keptIn);
    }
  }

  public synchronized List<Secret> accepted() {
    return accepted;
  }

  /** What this node proves itself with; nothing until a parent has handed it. */
  public synchronized Optional<Secret> spoken() {
    return accepted.stream().findFirst();
  }

  /** What this node gives to those who ask from a private network. */
  public Optional<Secret> toHandOut() {
    return given ? Optional.empty() : spoken();
  }

  /** Whether the owner gave the secret: then no other is taken, and this one is not handed out. */
  public boolean given() {
    return given;
  }

  /** Whether this node takes its secret from its parent. */
  public boolean asksParent() {
    return keptIn != null;
  }

  /** Takes what the first parent handed, in place of what it handed before. */
  public void take(Secret secret) {
    Path file = keptIn;
    if (file == null) {
      throw new IllegalStateException("this node has a secret of its own");
    }
    synchronized (this) {
      accepted = List.of(secret);
    }
    try {
      SecretFile.replace(file, secret);
    } catch (IOException e) {
      LOG.warn(
          "cannot keep the secret in {}; it will be asked for again at the next start", file, e);
    }
  }
}
