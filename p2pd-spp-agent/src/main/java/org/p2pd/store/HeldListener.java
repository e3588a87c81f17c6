package org.p2pd.store;

import org.p2pd.model.ByteRange;

/**
 * Hears what a store holds and what it no longer holds.
 *
 * <p>News of one edition come one after the other, in the order in which they happened. They come
 * on the thread that made them, or on another that is telling just then, with no edition's lock
 * held: a listener may ask the store what is held, and must do nothing else with it, nor wait for
 * anything. What goes by eviction is told before its file is unlinked.
 */
public interface HeldListener {

  /**
   * An edition was found on disk, and only looked at from outside. Nothing is known of its blocks.
   *
   * @param about as exact as what the file system says of its files
   */
  void found(Holding about);

  /** The blocks of an edition were looked through: this is all that is held, whatever was told. */
  void counted(Holding now, HeldLeaves all);

  /** These bytes, a block, are held from now on. */
  void held(Holding now, ByteRange range);

  /** Of these bytes nothing is held any more; they may be more than what was held. */
  void gone(Holding now, ByteRange range);
}
