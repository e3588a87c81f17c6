package org.p2pd.publish;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
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
    void entering(Path directory, Finding found);
  }

  private record FileKey(long device, long inode) {}

  private final PublicTree tree;
  private final Finder finder;
  private final Entering entering;
  private final Map<Title, FileStat> files = new HashMap<>();
  private final Set<String> unreadable = new HashSet<>();
  private final Map<String, String> unreadableSentences = new HashMap<>();
  private final Map<String, String> skippedSentences = new HashMap<>();
  private final Deque<FileKey> ancestors = new ArrayDeque<>();

  DirectoryScan(PublicTree tree, Finder finder, Entering entering) {
    this.tree = tree;
    this.finder = finder;
    this.entering = entering;
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
      visit(directory, directory, prefix);
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

  private Optional<String> prefixOf(Path directory) {
    return tree.titleOf(directory).map(title -> title.path() + "/");
  }

  /**
   * @param name leads to the directory as its parent was when it was listed
   */
  private void visit(Path directory, Path name, String prefix) {
    try (Finding found = finder.directory(name)) {
      if (!found.isPublic()) {
        leadsOut(directory, prefix);
        return;
      }
      if (!prefix.equals("/") && NodeDirectories.isOne(found.name())) {
        skippedSentences.put(
            prefix,
            ShellText.quote(PublicTree.bytes(directory))
                + " is not published: a node keeps its keys or blocks there; move it elsewhere");
        return;
      }
      FileStat stat = found.stat();
      FileKey key = new FileKey(stat.device(), stat.inode());
      if (ancestors.contains(key)) {
        return; // a link that leads back up would never end
      }
      ancestors.push(key);
      try {
        entering.entering(directory, found);
        list(directory, found.name());
      } finally {
        ancestors.pop();
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      log.debug("{} vanished while it was scanned", directory);
      lostRoot(prefix);
    } catch (IOException e) {
      unreadable.add(prefix);
      unreadableSentences.put(prefix, sentence(directory, e));
    }
  }

  private void list(Path directory, Path name) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(name)) {
      Iterator<Path> each = entries.iterator();
      while (each.hasNext()) {
        Path entry = each.next();
        look(directory.resolve(entry.getFileName()), entry);
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  /**
   * @param entry leads to the same in the directory that is being listed, wherever that is now
   */
  private void look(Path path, Path entry) {
    String name = path.getFileName().toString();
    if (!PublishableNames.directory(name)) {
      return;
    }
    Optional<Title> title = tree.titleOf(path);
    try {
      FileStat stat = FileStat.ofLink(entry);
      if (stat.isSymbolicLink()) {
        try (Finding target = finder.at(entry)) {
          if (!target.isPublic()) {
            leadsOut(path);
            return;
          }
          stat = target.stat();
        }
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
        visit(path, entry, title.get().path() + "/");
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

  private void leadsOut(Path directory, String prefix) {
    if (!directory.equals(tree.root())) {
      leadsOut(directory);
    }
    lostRoot(prefix);
  }

  /** The public directory was replaced meanwhile: that says nothing of its titles. */
  private void lostRoot(String prefix) {
    if (prefix.equals("/")) {
      unreadable.add(prefix);
    }
  }

  private void leadsOut(Path link) {
    String quoted = ShellText.quote(tree.titleBytes(link));
    skippedSentences.put(
        quoted,
        quoted + " is not published: it is a link out of " + tree.root() + " (--follow-symlinks)");
  }

  private String sentence(Path directory, IOException e) {
    String quoted = ShellText.quote(PublicTree.bytes(directory));
    return e instanceof AccessDeniedException
        ? "the directory " + quoted + " may not be read; mend it with: chmod a+rx " + quoted
        : "the directory " + quoted + " cannot be read (" + e + "); its titles stay as they were";
  }
}
