package org.p2pd.content;

/** A reading that could not begin. */
public record FailedStream(long position, ContentFailure failure, String detail)
    implements ContentStream {

  @Override
  public Next next(int maxBytes) {
    return new Next.Failed(failure, detail);
  }

  @Override
  public void whenReady(Runnable wake) {
    wake.run();
  }

  @Override
  public long heldBytes() {
    return 0;
  }

  @Override
  public void close() {
    // holds nothing
  }
}
