package org.p2pd.node;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Asks a running node of this machine what it says of itself. */
final class StatusQuery {

  private static final int TIMEOUT_MILLIS = 5_000;
  private static final int MAX_ANSWER_BYTES = 16 << 20;

  private StatusQuery() {}

  /** The node's status as JSON. */
  static String ask(Path state) throws NodeFailure {
    try {
      String address = read(state, StateFiles.ADDRESS);
      if (!isInUse(state)) {
        throw new NodeFailure(
            ExitCode.NOT_RUNNING,
            "the node of "
                + state
                + " was ended without leaving in order: start it, or see its log");
      }
      String token = read(state, StateFiles.TOKEN);
      return fetch(URI.create(address + "/.p2pd/status"), token);
    } catch (NoSuchFileException e) {
      throw new NodeFailure(
          ExitCode.NOT_RUNNING,
          "no node runs with the state directory "
              + state
              + ": name it as it was started, with -c DIR, --state DIR or its file of options"
              + " (p2pd @/etc/p2pd/server.conf status)",
          e);
    } catch (AccessDeniedException e) {
      throw new NodeFailure(
          ExitCode.CANNOT_START,
          "cannot read " + e.getMessage() + ": run this as the user that runs the node",
          e);
    } catch (IOException e) {
      throw new NodeFailure(
          ExitCode.NOT_RUNNING,
          "the node of " + state + " does not answer (" + e + "): start it, or see its log",
          e);
    }
  }

  /** Else somebody else may have its port by now, and would be given its token. */
  private static boolean isInUse(Path state) throws IOException {
    Path lock = state.resolve(StateFiles.LOCK);
    if (Files.notExists(lock)) {
      return false;
    }
    String owner = read(state, StateFiles.LOCK);
    if (owner.matches("[0-9]{1,10}") && ProcessHandle.of(Long.parseLong(owner)).isPresent()) {
      return true;
    }
    // Perhaps it runs where processes have other numbers.
    try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE);
        FileLock free = channel.tryLock()) {
      return free == null;
    } catch (OverlappingFileLockException e) {
      return true; // held by a node of this very process
    }
  }

  private static String read(Path state, String name) throws IOException {
    return Files.readString(state.resolve(name), StandardCharsets.US_ASCII).strip();
  }

  private static String fetch(URI status, String token) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) status.toURL().openConnection();
    connection.setConnectTimeout(TIMEOUT_MILLIS);
    connection.setReadTimeout(TIMEOUT_MILLIS);
    connection.setRequestProperty("Authorization", "Bearer " + token);
    connection.setRequestProperty("Accept", "application/json");
    connection.setRequestProperty("Connection", "close");
    if (connection.getResponseCode() != HttpURLConnection.HTTP_OK) {
      throw new IOException(status + " answers " + connection.getResponseCode());
    }
    try (InputStream body = connection.getInputStream()) {
      return new String(body.readNBytes(MAX_ANSWER_BYTES), StandardCharsets.UTF_8);
    }
  }
}
