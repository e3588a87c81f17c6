package org.p2pd.fetch;

import org.p2pd.model.Edition;

/** Hears for which editions blocks are being fetched. Called by the fetch loop; must not wait. */
public interface Demand {

  /** One that nobody listens to. */
  Demand UNHEARD =
      new Demand() {
        @Override
        public void begins(Edition edition) {}

        @Override
        public void ends(Edition edition) {}
      };

  /** A reading lacks bytes of it; each such reading is told of. */
  void begins(Edition edition);

  /** That reading is over. */
  void ends(Edition edition);
}
