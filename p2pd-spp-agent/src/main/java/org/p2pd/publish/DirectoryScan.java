package org.p2pd.publish;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.p2pd.model.Title;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Walks the public directory, or one directory in it, and says what it saw. One walk a use. */
final class DirectoryScan {

  private static final Logger log = LoggerFactory.getLogger(DirectoryScan.class);

  /** Told of every directory before it is listed, so that nothing happens between unseen. */
  @FunctionalInterface
  interface Entering {
    void entering(Path directory, FileStat stat);
  }

  private record FileKey(long device, long inode) {}

  private final PublicTree tree;
  private final boolean followSymlinks;
  private final Entering entering;
  private final Map<Title, FileStat> files = new HashMap<>();
  private final Set<String> unreadable = new HashSet<>();
  private final Map<String, String> unreadableSentences = new HashMap<>();
  private final Map<String, String> skippedSentences = new HashMap<>();
  private final Deque<FileKey> ancestors = new ArrayDeque<>();
  private Path realRoot;

  DirectoryScan(PublicTree tree, boolean followSymlinks, Entering entering) {
    this.tree = tree;
    this.followSymlinks = followSymlinks;
    this.entering = entering;
    this.realRoot = tree.root();
  }

  /** Scans everything, and makes what is wrong with it the current troubles. */
  Snapshot all(Troubles troubles) {
    Snapshot snapshot = below(tree.root(), false);
    troubles.replace(Troubles.Group.DIRECTORIES, unreadableSentences);
    troubles.replace(Troubles.Group.SKIPPED, skippedSentences);
    return snapshot;
  }

  /** Scans one directory with all below it. */
  Snapshot below(Path directory, boolean renamedIn) {
    String prefix = directory.equals(tree.root()) ? "/" : prefixOf(directory).orElse("/");
    RootCondition before = RootProbe.look(tree.root());
    if (before instanceof RootCondition.Fine) {
      try {
        realRoot = tree.root().toRealPath();
        visit(directory, prefix);
      } catch (IOException e) {
        return new Snapshot(prefix, renamedIn, unreadableRoot(e), Map.of(), Set.of(prefix));
      }
    }
    RootCondition after = RootProbe.look(tree.root());
    return new Snapshot(prefix, renamedIn, judge(before, after), files, unreadable);
  }

  private static RootCondition judge(RootCondition before, RootCondition after) {
    if (before instanceof RootCondition.Unreadable) {
      return before; // nothing was listed
    }
    boolean isOther =
        before instanceof RootCondition.Fine
            && after instanceof RootCondition.Fine
            && !after.equals(before);
    return isOther
        ? new RootCondition.Unreadable("its file system changed during the scan")
        : after;
  }

  private static RootCondition unreadableRoot(IOException e) {
    return new RootCondition.Unreadable(e.toString());
  }

  private Optional<String> prefixOf(Path directory) {
    return tree.titleOf(directory).map(title -> title.path() + "/");
  }

  private void visit(Path directory, String prefix) {
    try {
      FileStat stat = FileStat.of(directory);
      FileKey key = new FileKey(stat.device(), stat.inode());
      if (!stat.isDirectory() || ancestors.contains(key)) {
        return; // a link that leads back up would never end
      }
      ancestors.push(key);
      try {
        entering.entering(directory, stat);
        list(directory);
      } finally {
        ancestors.pop();
      }
    } catch (NoSuchFileException e) {
      log.debug("{} vanished while it was scanned", directory);
    } catch (IOException e) {
      unreadable.add(prefix);
      unreadableSentences.put(prefix, sentence(directory, e));
    }
  }

  private void list(Path directory) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      Iterator<Path> each = entries.iterator();
      while (each.hasNext()) {
        look(each.next());
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  private void look(Path path) {
    String name = path.getFileName().toString();
    if (!PublishableNames.directory(name)) {
      return;
    }
    Optional<Title> title = tree.titleOf(path);
    try {
      FileStat stat = FileStat.ofLink(path);
      if (stat.isSymbolicLink()) {
        if (leadsOut(path)) {
          return;
        }
        stat = FileStat.of(path);
      }
      if (!(stat.isRegular() && PublishableNames.file(name)) && !stat.isDirectory()) {
        return;
      }
      if (title.isEmpty()) {
        String quoted = ShellText.quote(tree.titleBytes(path));
        skippedSentences.put(
            quoted,
            quoted
                + " is not published: a title is valid UTF-8 of at most "
                + Title.MAX_BYTES
                + " bytes; rename it");
        return;
      }
      if (stat.isDirectory()) {
        visit(path, title.get().path() + "/");
      } else {
        files.put(title.get(), stat);
      }
    } catch (NoSuchFileException e) {
      log.debug("{} vanished while it was scanned, or is a link to nothing", path);
    } catch (IOException e) {
      if (LinkCircles.at(path)) {
        log.debug("{} is a link to itself: to nothing", path);
        return;
      }
      title.ifPresent(t -> unreadable.add(t.path()));
      Path parent = path.getParent();
      unreadableSentences.put(String.valueOf(parent), sentence(parent == null ? path : parent, e));
    }
  }

  private boolean leadsOut(Path link) throws IOException {
    if (followSymlinks || link.toRealPath().startsWith(realRoot)) {
      return false;
    }
    String quoted = ShellText.quote(tree.titleBytes(link));
    skippedSentences.put(
        quoted,
        quoted + " is not published: it is a link out of " + tree.root() + " (--follow-symlinks)");
    return true;
  }

  private String sentence(Path directory, IOException e) {
    String quoted = ShellText.quote(PublicTree.bytes(directory));
    return e instanceof AccessDeniedException
        ? "the directory " + quoted + " may not be read; mend it with: chmod a+rx " + quoted
        : "the directory " + quoted + " cannot be read (" + e + "); its titles stay as they were";
  }
}
