package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.p2pd.e2e.lab.ContainerRecipe;
import org.p2pd.e2e.lab.Deb;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Machine;
import org.p2pd.e2e.lab.Namespaces;
import org.p2pd.e2e.lab.Tool;
import org.p2pd.e2e.lab.Waiting;

/**
 * The container's recipe and the composition, without a program for containers: the recipe's step
 * is run on a machine of its own, then each service's command line as the recipe's user, at an
 * address of its own.
 */
@Tag("e2e")
@ResourceLock(Lab.MANY_NODES)
class ContainerRecipeTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static final Map<String, String> ADDRESSES =
      Map.of(
          "server", "10.0.0.1",
          "cache-1", "10.0.0.2",
          "cache-2", "10.0.0.3",
          "cache-3", "10.0.0.4");

  private final ContainerRecipe recipe = ContainerRecipe.read();
  private final Map<String, Process> running = new LinkedHashMap<>();

  @Test
  void theServicesServeOneFilmFromOneServer() throws Exception {
    String whyNot = Machine.whyNot().orElse("");
    assumeTrue(whyNot.isEmpty(), whyNot);
    assumeTrue(
        Namespaces.available(), "networks of the test's own take root and the kernel's leave");
    Machine machine = lab.closing(Machine.bare(lab.directory("image")));
    Namespaces network = lab.closing(Namespaces.create());
    build(machine);
    ADDRESSES.forEach((name, address) -> network.machine(name, address + "/24"));
    machine.shell(
        "echo '10.0.0.1 server' >>/etc/hosts; head -c 3000000 /dev/urandom >/mediafiles/f");

    start(machine, network, "server");
    // As each container has a volume of its own, so has each cache here.
    for (String cache : List.of("cache-1", "cache-2", "cache-3")) {
      start(machine, network, cache);
    }
    for (String cache : List.of("cache-1", "cache-2", "cache-3")) {
      Waiting.until(
          cache + " serves the film",
          Machine.PATIENCE,
          () ->
              in(
                          machine,
                          network,
                          cache,
                          List.of(
                              "sh", "-c", "curl -sf http://127.0.0.1:8080/f | cmp - /mediafiles/f"))
                      .exit()
                  == 0);
      in(machine, network, cache, recipe.healthCheck()).expectSuccess();
    }
    assertThat(Machine.terminate(running.get("cache-3"))).isZero();
    assertThat(in(machine, network, "cache-3", recipe.healthCheck()).exit()).isNotZero();
    for (String service : List.of("cache-1", "cache-2", "server")) {
      assertThat(Machine.terminate(running.get(service))).isZero();
    }
  }

  /** COPY, then RUN word for word. */
  private void build(Machine machine) throws IOException {
    assertThat(recipe.step("COPY")).isEqualTo("p2pd-servlet/target/p2pd_*_all.deb /tmp/");
    Path shared = lab.directory("image/shared");
    Files.copy(Deb.path(), shared.resolve(Deb.path().getFileName()));
    machine.shell("cp " + Machine.SHARED + "/p2pd_*_all.deb /tmp/").expectSuccess();
    machine.online("sh", "-c", recipe.step("RUN")).expectSuccess();
    assertThat(machine.shell("ls /tmp").output()).isEmpty();
  }

  private void start(Machine machine, Namespaces network, String service) throws IOException {
    List<String> command = new ArrayList<>(machine.on(network, service));
    command.addAll(
        List.of(
            "unshare",
            "-m",
            "sh",
            "-c",
            "mkdir -p /volumes/$0 && chown p2pd: /volumes/$0 && mount --bind /volumes/$0 /cachefiles"
                + " && exec \"$@\"",
            service));
    command.addAll(recipe.running(service, "-Xmx192m"));
    running.put(
        service,
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(Machine.logs("ContainerRecipeTest").resolve(service + ".log").toFile())
            .start());
  }

  private static Tool.Result in(
      Machine machine, Namespaces network, String service, List<String> words) {
    List<String> command = new ArrayList<>(machine.on(network, service));
    command.addAll(words);
    return Tool.run(Duration.ofMinutes(2), Path.of("."), command);
  }
}
