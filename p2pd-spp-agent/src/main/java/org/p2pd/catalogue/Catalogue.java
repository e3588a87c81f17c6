package org.p2pd.catalogue;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.model.Title;

/** All that a node's other parts see of the catalogue. Reading never waits. */
public interface Catalogue extends Titles, CatalogueFeed {

  /** The edition with that id, if at least one title is this edition now. */
  Optional<Edition> edition(EditionId id);

  /** Every published title, in no order; a copy. */
  List<PublishedTitle> published();

  /**
   * The title's entry with its proof, for the store to lay beside the edition. Reads a file;
   * nothing for a title of an older epoch, or if the file cannot be read.
   */
  Optional<SignedEntry> signedEntry(Title title);

  /**
   * Adds a listener that is told every change of editions from now on, in order, on the thread that
   * made it. It must not wait, nor change the catalogue.
   */
  void onChange(Consumer<List<TitleChange>> listener);
}
