package org.p2pd.agent;

import java.time.Instant;
import org.p2pd.catalogue.Journal;
import org.p2pd.model.Edition;
import org.p2pd.model.Title;
import org.p2pd.publish.PublicationListener;

/** Writes what the publisher says into the catalogue. */
record JournalledPublication(Journal journal) implements PublicationListener {

  @Override
  public void announced(Title title) {
    journal.announce(title);
  }

  @Override
  public void published(Title title, Edition edition, Instant fileDate) {
    journal.publish(title, edition, fileDate);
  }

  @Override
  public void removed(Title title) {
    journal.remove(title);
  }

  @Override
  public void listed() {
    journal.listed();
  }

  @Override
  public void scanComplete() {
    journal.scanComplete();
  }
}
