package org.p2pd.publish;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.model.BlockSize;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.Title;

class HashQueueTest {

  private static final long MIB = 1 << 20;

  @TempDir Path temp;
  private HashFiles places;
  private final HashQueue queue = new HashQueue();

  @BeforeEach
  void places() throws IOException {
    places = new HashFiles(temp);
  }

  private HashJob job(String path, long sizeBytes, long modifiedNanos) {
    return new HashJob(
        new Title(path),
        new WalkingFinder(new PublicTree(temp), false),
        new FileStat(1, 1, sizeBytes, modifiedNanos, 0, 0x8000, 1),
        DigestAlgorithm.SHA_256,
        BlockSize.DEFAULT,
        places);
  }

  private HashJob add(String path, long sizeBytes, long modifiedNanos) {
    HashJob job = job(path, sizeBytes, modifiedNanos);
    queue.add(job);
    return job;
  }

  private List<String> take(int count) throws InterruptedException {
    List<String> taken = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      HashQueue.Task task = queue.take();
      if (task instanceof HashQueue.Task.Region region) {
        taken.add(task.job().title() + " " + region.region());
      } else if (task != null) {
        taken.add("open " + task.job().title());
        queue.opened(task.job(), 0);
      }
    }
    return taken;
  }

  @Test
  void takesTheNewestThenTheSmallest() throws InterruptedException {
    add("/old", 1, 1);
    add("/big", 5 * MIB, 9);
    add("/small", 1, 9);
    assertThat(take(10))
        .containsExactly(
            "open /small",
            "/small 0",
            "open /big",
            "/big 0",
            "/big 1",
            "/big 2",
            "/big 3",
            "/big 4",
            "open /old",
            "/old 0");
  }

  @Test
  void takesWhatIsAskedForBeforeAllElseEvenInTheMiddleOfAnother() throws InterruptedException {
    add("/new", 10 * MIB, 9);
    add("/old", 1, 1);
    add("/older", 1, 0);
    assertThat(take(2)).containsExactly("open /new", "/new 0");
    queue.want(new Title("/older"));
    queue.want(new Title("/old"));
    queue.want(new Title("/unknown"));
    assertThat(take(5)).containsExactly("open /older", "/older 0", "open /old", "/old 0", "/new 1");
  }

  @Test
  void finishesAJobWithItsLastRegionWhateverTheOrder() throws InterruptedException {
    HashJob job = add("/a", 3 * MIB, 1);
    assertThat(take(4)).hasSize(4);
    assertThat(queue.done(job, 2)).isInstanceOf(HashQueue.Next.Nothing.class);
    assertThat(queue.percent(job.title())).hasValue(33);
    assertThat(queue.done(job, 0)).isInstanceOf(HashQueue.Next.Nothing.class);
    assertThat(queue.done(job, 1)).isInstanceOf(HashQueue.Next.Finish.class);
    assertThat(queue.percent(job.title())).isEmpty();
  }

  @Test
  void finishesAnEmptyFileWhenItIsOpened() throws InterruptedException {
    HashJob job = add("/a", 0, 1);
    HashQueue.Task task = queue.take();
    assertThat(task).isEqualTo(new HashQueue.Task.Open(job));
    assertThat(queue.opened(job, 0)).isInstanceOf(HashQueue.Next.Finish.class);
  }

  @Test
  void remembersNoRegionThatComesAfterAMissingOne() throws InterruptedException {
    HashJob job = add("/a", 1000 * MIB, 1);
    take(601);
    for (int region = 1; region < 600; region++) {
      assertThat(queue.done(job, region)).isInstanceOf(HashQueue.Next.Nothing.class);
    }
    assertThat(queue.done(job, 0)).isEqualTo(new HashQueue.Next.Remember(600));
  }

  @Test
  void closesACancelledJobWithItsLastRegion() throws InterruptedException {
    HashJob job = add("/a", 3 * MIB, 1);
    take(3);
    queue.cancel(job.title());
    assertThat(queue.done(job, 0)).isInstanceOf(HashQueue.Next.Nothing.class);
    HashJob again = add("/a", 2 * MIB, 1);
    assertThat(queue.done(job, 1)).isInstanceOf(HashQueue.Next.Close.class);
    assertThat(queue.take()).isEqualTo(new HashQueue.Task.Open(again));
    queue.cancel(job.title());
    assertThat(queue.opened(again, 0)).isInstanceOf(HashQueue.Next.Close.class);
  }

  @Test
  void handsOutNothingOnceItIsClosed() throws InterruptedException {
    HashJob job = add("/a", 3 * MIB, 1);
    take(2);
    queue.close();
    assertThat(queue.take()).isNull();
    queue.done(job, 0);
    assertThat(queue.rest()).containsEntry(job, 1L);
  }
}
