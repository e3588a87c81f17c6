package org.p2pd.cluster.jgroups;

import org.jgroups.logging.CustomLogFactory;
import org.jgroups.logging.Log;
import org.jgroups.logging.NoopLogImpl;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine's log: what it takes for errors and warnings is part of its normal life, such as a
 * peer that is gone, so it is seen in the debug log only. Views are logged by {@link
 * JGroupsMembership}.
 */
final class EngineLog extends NoopLogImpl {

  private static final Logger LOG = LoggerFactory.getLogger(EngineLog.class);

  static final class Factory implements CustomLogFactory {

    private final EngineLog log = new EngineLog();

    @Override
    public Log getLog(Class<?> unused) {
      return log;
    }

    @Override
    public Log getLog(String unused) {
      return log;
    }
  }

  private EngineLog() {}

  @Override
  public boolean isFatalEnabled() {
    return LOG.isDebugEnabled();
  }

  @Override
  public boolean isErrorEnabled() {
    return LOG.isDebugEnabled();
  }

  @Override
  public boolean isWarnEnabled() {
    return LOG.isDebugEnabled();
  }

  @Override
  public void fatal(String message) {
    LOG.debug("{}", message);
  }

  @Override
  public void fatal(String format, Object... arguments) {
    log(format, arguments);
  }

  @Override
  public void fatal(String message, Throwable cause) {
    LOG.debug("{}", message, cause);
  }

  @Override
  public void error(String message) {
    LOG.debug("{}", message);
  }

  @Override
  public void error(String format, Object... arguments) {
    log(format, arguments);
  }

  @Override
  public void error(String message, Throwable cause) {
    LOG.debug("{}", message, cause);
  }

  @Override
  public void warn(String message) {
    LOG.debug("{}", message);
  }

  @Override
  public void warn(String format, Object... arguments) {
    log(format, arguments);
  }

  @Override
  public void warn(String message, Throwable cause) {
    LOG.debug("{}", message, cause);
  }

  @SuppressWarnings("AnnotateFormatMethod") // the formats are the engine's
  private static void log(String format, Object... arguments) {
    if (LOG.isDebugEnabled()) {
      LOG.debug("{}", String.format(format, arguments));
    }
  }
}
