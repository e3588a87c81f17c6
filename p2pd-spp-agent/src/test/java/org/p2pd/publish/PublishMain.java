package org.p2pd.publish;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import org.p2pd.content.ContentStream;
import org.p2pd.content.Fetching;
import org.p2pd.content.FilePart;
import org.p2pd.content.ReadRequest;
import org.p2pd.content.Reader;
import org.p2pd.content.Urgency;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.model.Title;

/**
 * Publishes a directory in a process of its own, and prints what it says and that it can be read.
 * Ends with its standard input.
 */
public final class PublishMain {

  private PublishMain() {}

  public static void main(String[] args) throws IOException {
    PublisherConfig config = PublisherConfig.standard(Path.of(args[0]), Path.of(args[1]));
    Printer printer = new Printer();
    try (Publisher publisher = Publisher.open(config, Map.of(), printer)) {
      printer.publisher = publisher;
      int command = System.in.read();
      while (command >= 0) {
        if (command == 'p') {
          System.out.println("problems " + publisher.problems());
        }
        command = System.in.read();
      }
    }
  }

  private static final class Printer implements PublicationListener {
    private volatile Publisher publisher;

    private static void print(String what, Title title, String more) {
      System.out.println(
          what + " " + URLEncoder.encode(title.path(), StandardCharsets.UTF_8) + more);
    }

    @Override
    public void announced(Title title) {
      print("announced", title, "");
    }

    @Override
    public void published(Title title, Edition edition, Instant fileDate) {
      Thread reading = new Thread(() -> print("published", title, " " + read(edition)));
      reading.start();
    }

    /** Reads the first bytes as a viewer and as the container reads a peer's file part. */
    private String read(Edition edition) {
      while (publisher == null) {
        Thread.onSpinWait();
      }
      ByteRange range = new ByteRange(0, edition.lengthBytes() - 1);
      FilePart part = publisher.content().filePart(edition, range, Reader.PEER).orElseThrow();
      try (ContentStream stream =
              publisher
                  .content()
                  .open(
                      new ReadRequest(
                          edition, range, Reader.VIEWER, Urgency.PLAY_HEAD, Fetching.NOTHING));
          InputStream file = new FileInputStream(part.file().toString())) {
        byte[] viewed = PublicDirectory.take(stream.next(1 << 20));
        boolean same = Arrays.equals(viewed, file.readNBytes(viewed.length));
        return viewed.length + (same ? " same" : " different");
      } catch (IOException e) {
        return e.toString();
      }
    }

    @Override
    public void removed(Title title) {
      print("removed", title, "");
    }

    @Override
    public void listed() {
      System.out.println("listed");
    }

    @Override
    public void scanComplete() {
      System.out.println("scanComplete");
    }
  }
}
