package org.p2pd.leases;

/** How a block stands for a child that asks for it. */
enum Standing {
  /** No other living child that can be asked has all of it, or is receiving it. */
  FREE,
  /** One to which the asker can be referred has it, or is receiving it. */
  ELSEWHERE,
  /** It is on its way to such a child, but to none that receives about as fast as the asker. */
  SLOW,
  /** It is on its way to a child, but to none that the asker does not exclude. */
  WITHHELD
}
