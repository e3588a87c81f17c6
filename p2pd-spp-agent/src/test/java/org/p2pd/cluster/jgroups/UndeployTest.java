package org.p2pd.cluster.jgroups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.base.Splitter;
import java.io.File;
import java.lang.ref.WeakReference;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.p2pd.cluster.Loopback;
import org.p2pd.cluster.TestThreads;

/** A node in a container: its classes go with its application. */
class UndeployTest {

  @Test
  void itsClassLoaderIsLetGo() throws Exception {
    deployAndUndeploy(2);
  }

  @Test
  @Tag("long")
  void twentyTimesItsClassLoaderIsLetGo() throws Exception {
    deployAndUndeploy(20);
  }

  private static void deployAndUndeploy(int times) throws Exception {
    List<WeakReference<ClassLoader>> former = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      former.add(deployedOnce(Loopback.next(), Loopback.next()));
      TestThreads.awaitNone();
    }
    // The JDK itself keeps the type that was last compared in a record, and with it the last
    // loader.
    former.remove(times - 1);
    await("the class loaders are collected")
        .atMost(ClusterLab.LONG_ENOUGH)
        .untilAsserted(
            () -> {
              System.gc();
              assertThat(former).allSatisfy(loader -> assertThat(loader.get()).isNull());
            });
  }

  /** In a frame of its own, so that nothing here holds the loader. */
  private static WeakReference<ClassLoader> deployedOnce(String oneHost, String otherHost)
      throws Exception {
    try (URLClassLoader application =
        new URLClassLoader(classPath(), ClassLoader.getPlatformClassLoader())) {
      Thread thread = Thread.currentThread();
      ClassLoader before = thread.getContextClassLoader();
      thread.setContextClassLoader(application);
      try {
        Class<?> pair = application.loadClass(PairMain.class.getName());
        assertThat(pair).isNotSameAs(PairMain.class);
        pair.getMethod("meet", String.class, String.class).invoke(null, oneHost, otherHost);
      } finally {
        thread.setContextClassLoader(before);
      }
      return new WeakReference<>(application);
    }
  }

  private static URL[] classPath() throws MalformedURLException {
    List<URL> urls = new ArrayList<>();
    for (String entry :
        Splitter.on(File.pathSeparatorChar).split(System.getProperty("java.class.path"))) {
      urls.add(new File(entry).toURI().toURL());
    }
    return urls.toArray(new URL[0]);
  }
}
