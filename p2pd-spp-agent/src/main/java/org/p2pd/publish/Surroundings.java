package org.p2pd.publish;

import java.io.IOException;
import java.util.Map;
import java.util.Set;
import org.p2pd.model.Edition;
import org.p2pd.model.Title;

/** What the publishing thread has done by others: disks, hashing, memory. */
interface Surroundings {

  Sighting look(Title title);

  /** Hash a title's file; the outcome comes later, unless it is given up. */
  void hash(Title title, FileStat expected);

  void giveUpHashing(Title title);

  /** Give the hashes of a title's file, which was hashed, their place with that edition. */
  void keepHashes(Title title, Edition edition) throws IOException;

  /** Scan everything soon; the snapshot comes later. */
  void scanAll();

  /** Scan one directory, which has just appeared under that name, soon. */
  void scanBelow(Title directory);

  /**
   * Look at the public directory itself; what was found comes later.
   *
   * @param devices the file system on which each missing title's file was
   */
  void probe(Map<Title, Long> devices);

  /** Remember over restarts that the file is that edition. */
  void remember(HashedFile file);

  void forget(Title title);

  /** No title has the edition any more: its hashes may go. */
  void forget(Edition edition);

  /** Remember over restarts of this process on which file system the public directory is. */
  void rememberDevice(long device);

  /** All that the first scan found is done; the titles are those still being hashed. */
  void firstScanDone(Set<Title> hashing);
}
