package org.p2pd.catalogue;

import java.util.ArrayList;
import java.util.List;
import org.p2pd.identity.NodeKey;
import org.p2pd.model.Hash;

/** How entries are divided among batches: as many as fit, in order. */
final class Packing {

  private Packing() {}

  /** Groups of entries that each fit one batch; one empty group if there are none. */
  static List<List<Entry>> groups(List<Entry> entries) {
    List<List<Entry>> groups = new ArrayList<>();
    List<Entry> group = new ArrayList<>();
    int bytes = 0;
    for (Entry entry : entries) {
      int more = EntryCodec.length(entry);
      if (group.size() == BatchHeader.MAX_ENTRIES || bytes + more > BatchHeader.MAX_BODY_BYTES) {
        groups.add(group);
        group = new ArrayList<>();
        bytes = 0;
      }
      group.add(entry);
      bytes += more;
    }
    groups.add(group);
    return groups;
  }

  /** Journal batches for entries, which have consecutive numbers. */
  static List<Batch> journal(NodeKey key, long epoch, Hash previous, List<Entry> entries) {
    List<Batch> batches = new ArrayList<>();
    Hash tip = previous;
    for (List<Entry> group : groups(entries)) {
      long first = group.get(0).number();
      long last = group.get(group.size() - 1).number();
      Batch batch = Batch.sign(key, BatchPlace.journal(epoch, first, last, tip), group);
      tip = batch.header().tip();
      batches.add(batch);
    }
    return batches;
  }

  /** The pages of a checkpoint; its entries have ascending numbers. */
  static List<Batch> checkpoint(NodeKey key, Position upTo, Hash tip, List<Entry> entries) {
    List<List<Entry>> groups = groups(entries);
    List<Batch> pages = new ArrayList<>();
    for (int page = 0; page < groups.size(); page++) {
      BatchPlace place = BatchPlace.checkpoint(page, groups.size(), upTo, tip);
      pages.add(Batch.sign(key, place, groups.get(page)));
    }
    return pages;
  }
}
