package org.p2pd.publish;

import java.util.Map;
import java.util.Set;
import org.p2pd.model.Title;

/**
 * What one scan of the public directory, or of one directory in it, saw.
 *
 * @param prefix the scanned directory as a title prefix: {@code /} for all, else {@code /series/}
 * @param renamedIn the directory was renamed into place just now, with all that is in it
 * @param root how the public directory was before and after the scan
 * @param files the publishable files
 * @param unreadable prefixes ({@code /series/}) below which could not be looked
 */
record Snapshot(
    String prefix,
    boolean renamedIn,
    RootCondition root,
    Map<Title, FileStat> files,
    Set<String> unreadable) {

  Snapshot {
    files = Map.copyOf(files);
    unreadable = Set.copyOf(unreadable);
  }

  /** Whether the public directory could be looked through and has no file to publish. */
  boolean isEmpty() {
    return prefix.equals("/")
        && !(root instanceof RootCondition.Unreadable)
        && files.isEmpty()
        && unreadable.isEmpty();
  }

  /** Whether this scan would have seen the title if its file existed. */
  boolean covers(Title title) {
    return title.path().startsWith(prefix)
        && unreadable.stream().noneMatch(title.path()::startsWith);
  }
}
