package org.p2pd.catalogue;

import java.util.Optional;
import org.p2pd.model.Edition;
import org.p2pd.model.Title;

/**
 * A title got an edition, another one, or lost it. Another title may still be the old edition: ask
 * {@link Catalogue#edition}.
 */
public record TitleChange(Title title, Optional<Edition> before, Optional<Edition> after) {}
