package org.p2pd.e2e.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a Tomcat's process has, besides what it has more or less of by itself: to be compared before
 * and after applications came and went.
 *
 * @param threads names, without those of Tomcat's own pools and of the JVM
 * @param files open files and sockets by what they are, with their number; connections of viewers,
 *     and Tomcat's own jars, are left out
 * @param classLoaders of web applications, after a collection
 * @param libraries native ones that were unpacked for an application and are mapped
 * @param beans names of management beans
 */
public record Leftovers(
    List<String> threads,
    Map<String, Integer> files,
    int classLoaders,
    int libraries,
    Set<String> beans) {

  private static final Pattern THREAD = Pattern.compile("^\"([^\"]*)\" #\\d+", Pattern.MULTILINE);
  private static final Pattern CLASS_LOADERS =
      Pattern.compile(
          "\\s+(\\d+)\\s+\\d+\\s+org\\.apache\\.catalina\\.loader\\.ParallelWebappClass");
  private static final Pattern POOLS =
      Pattern.compile(
          "http-nio-.*-exec-\\d+|[Cc]atalina-utility-\\d+|C[12] CompilerThread\\d+"
              + "|Attach Listener|process reaper.*"
              // Java's own, for virtual threads, from the first one on
              + "|VirtualThread-unblocker|ForkJoinPool-1-worker-\\d+");
  private static final String LISTENING = "0A";

  /**
   * Fails if there is more than there was. Of class loaders and libraries there may be fewer: Java
   * 17 keeps the types that a method handle was last used with (JDK-8078641), thus one application.
   */
  public void expectNoMoreThan(Leftovers before) {
    assertThat(threads).as("threads").isEqualTo(before.threads);
    assertThat(files).as("open files").isEqualTo(before.files);
    assertThat(beans).as("management beans").isEqualTo(before.beans);
    assertThat(classLoaders).as("class loaders").isLessThanOrEqualTo(before.classLoaders);
    assertThat(libraries).as("native libraries").isLessThanOrEqualTo(before.libraries);
  }

  static Leftovers of(ForeignTomcat tomcat) {
    String pid = Long.toString(tomcat.pid());
    // Twice: what the first one finds is finalized before the second.
    tomcat.java("jcmd", pid, "GC.run");
    tomcat.java("jcmd", pid, "GC.run_finalization");
    tomcat.java("jcmd", pid, "GC.run");
    String classes = tomcat.java("jcmd", pid, "GC.class_histogram").output();
    String stacks = tomcat.java("jcmd", pid, "Thread.print").output();
    return new Leftovers(
        all(THREAD, stacks).filter(name -> !POOLS.matcher(name).matches()).sorted().toList(),
        files(Path.of("/proc", pid)),
        all(CLASS_LOADERS, classes).mapToInt(Integer::parseInt).sum(),
        libraries(Path.of("/proc", pid, "maps")),
        tomcat.manager().beans());
  }

  private static Stream<String> all(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(found -> found.group(1));
  }

  private static Map<String, Integer> files(Path process) {
    Map<String, String> sockets = sockets(process);
    Map<String, Integer> files = new TreeMap<>();
    for (Path descriptor : list(process.resolve("fd"))) {
      String file = target(descriptor);
      String kind = file.startsWith("socket:") ? sockets.getOrDefault(file, "a socket") : file;
      if (!kind.isEmpty() && !isTomcats(kind)) {
        files.merge(kind, 1, Integer::sum);
      }
    }
    return files;
  }

  /** Jars of Tomcat's own, and what Java opens when the flight recorder's bean is looked at. */
  private static boolean isTomcats(String file) {
    return file.endsWith("/lib/jfr") || (file.endsWith(".jar") && !file.contains("/webapps/"));
  }

  /** What the process's TCP sockets are; viewers' connections to Tomcat's own port are "". */
  private static Map<String, String> sockets(Path process) {
    Map<String, String> sockets = new HashMap<>();
    for (String table : List.of("net/tcp", "net/tcp6")) {
      for (String line : lines(process.resolve(table))) {
        String[] fields = line.strip().split("\\s+", -1);
        if (fields.length > 9 && fields[1].contains(":") && !fields[1].startsWith("local")) {
          int port = Integer.parseInt(fields[1].substring(fields[1].lastIndexOf(':') + 1), 16);
          String what =
              fields[3].equals(LISTENING)
                  ? "listening at " + port
                  : port == ForeignTomcat.PORT ? "" : "a connection in state " + fields[3];
          sockets.put("socket:[" + fields[9] + "]", what);
        }
      }
    }
    return sockets;
  }

  private static int libraries(Path maps) {
    Set<String> libraries = new TreeSet<>();
    for (String line : lines(maps)) {
      Matcher unpacked = Pattern.compile("\\s(\\d+)\\s+(/\\S*jna\\S*)").matcher(line);
      if (unpacked.find()) {
        libraries.add(unpacked.group(1) + unpacked.group(2));
      }
    }
    return libraries.size();
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (NoSuchFileException e) {
      return ""; // closed meanwhile
    } catch (IOException e) {
      throw new UncheckedIOException(descriptor.toString(), e);
    }
  }

  private static List<Path> list(Path directory) {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.collect(Collectors.toList());
    } catch (IOException e) {
      throw new UncheckedIOException(directory.toString(), e);
    }
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
  }
}
