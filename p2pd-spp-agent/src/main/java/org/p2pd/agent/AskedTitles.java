package org.p2pd.agent;

import java.util.List;
import java.util.function.Consumer;
import org.p2pd.catalogue.PublishedTitle;
import org.p2pd.catalogue.Titles;
import org.p2pd.model.Title;

/**
 * The catalogue as viewers ask it, which tells others what was asked for.
 *
 * @param wanted hears of titles that are not ready: they are hashed before others
 * @param read hears of titles that are about to be read
 */
record AskedTitles(Titles catalogue, Consumer<Title> wanted, Consumer<PublishedTitle> read)
    implements Titles {

  @Override
  public Lookup lookup(Title title) {
    return catalogue.lookup(title);
  }

  @Override
  public void asked(Title title, Lookup found) {
    if (found instanceof Lookup.NotReady) {
      wanted.accept(title);
    } else if (found instanceof Lookup.Published published) {
      read.accept(published.entry());
    }
  }

  @Override
  public int publishedCount() {
    return catalogue.publishedCount();
  }

  @Override
  public List<PublishedTitle> published(String after, int max) {
    return catalogue.published(after, max);
  }
}
