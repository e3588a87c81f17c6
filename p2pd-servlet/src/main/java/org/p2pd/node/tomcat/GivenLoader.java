package org.p2pd.node.tomcat;

import java.beans.PropertyChangeListener;
import org.apache.catalina.Context;
import org.apache.catalina.Loader;
import org.jspecify.annotations.Nullable;

/**
 * The class loader that is there already, as Tomcat's application class loader. Tomcat's own would
 * stand between, and look for leaks in threads that are not the application's.
 */
final class GivenLoader implements Loader {

  private final ClassLoader classLoader;
  private @Nullable Context context;

  GivenLoader(ClassLoader classLoader) {
    this.classLoader = classLoader;
  }

  @Override
  public ClassLoader getClassLoader() {
    return classLoader;
  }

  @Override
  public @Nullable Context getContext() {
    return context;
  }

  @Override
  public void setContext(@Nullable Context context) {
    this.context = context;
  }

  @Override
  public boolean getDelegate() {
    return true;
  }

  @Override
  public void setDelegate(boolean delegate) {
    // There is no one to delegate to: this is the only loader.
  }

  @Override
  public boolean modified() {
    return false;
  }

  @Override
  public void backgroundProcess() {
    // Nothing changes here.
  }

  @Override
  public void addPropertyChangeListener(PropertyChangeListener listener) {
    // Nothing changes here.
  }

  @Override
  public void removePropertyChangeListener(PropertyChangeListener listener) {
    // Nothing changes here.
  }
}
