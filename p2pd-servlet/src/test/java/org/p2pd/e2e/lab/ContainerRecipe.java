package org.p2pd.e2e.lab;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.Yaml;

/** What {@code deploy/container} says: the recipe's steps, and the services of the composition. */
public final class ContainerRecipe {

  private final List<String> steps;
  private final Map<String, Map<String, Object>> services;

  private ContainerRecipe(List<String> steps, Map<String, Map<String, Object>> services) {
    this.steps = steps;
    this.services = services;
  }

  public static ContainerRecipe read() {
    Path directory = Repository.file("deploy/container");
    try {
      List<String> steps =
          Files.readString(directory.resolve("Containerfile"))
              .replaceAll("(?m)^#.*\n", "")
              .replace("\\\n", "")
              .lines()
              .filter(line -> !line.isBlank())
              .toList();
      Map<String, Map<String, Map<String, Object>>> compose =
          new Yaml().load(Files.readString(directory.resolve("compose.yaml")));
      return new ContainerRecipe(steps, compose.get("services"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What stands behind a step's word; the last one counts. */
  public String step(String word) {
    return steps.stream()
        .filter(step -> step.startsWith(word + " "))
        .reduce((first, second) -> second)
        .orElseThrow()
        .substring(word.length() + 1);
  }

  /** What a container of that service runs, as which user, with which variables. */
  @SuppressWarnings("unchecked") // a list of words, as the composition's format has it
  public List<String> running(String service, String javaOptions) {
    List<String> command =
        new ArrayList<>(List.of("runuser", "-u", step("USER"), "--", "env", "-i"));
    command.addAll(List.of("PATH=/usr/sbin:/usr/bin:/sbin:/bin", step("ENV")));
    command.add("P2PD_JAVA_OPTIONS=" + javaOptions);
    command.addAll(array(step("ENTRYPOINT")));
    command.addAll((List<String>) services.get(service).get("command"));
    return command;
  }

  /** The program that tells whether a container is well. */
  public List<String> healthCheck() {
    String step = step("HEALTHCHECK");
    return array(step.substring(step.indexOf('[')));
  }

  private static List<String> array(String json) {
    try {
      return new ObjectMapper().readValue(json, new TypeReference<List<String>>() {});
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(json, e);
    }
  }
}
