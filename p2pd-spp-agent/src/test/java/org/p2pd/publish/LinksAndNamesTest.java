package org.p2pd.publish;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.model.Title;

/** Which files of a directory are titles, and under which names. */
class LinksAndNamesTest {

  @TempDir Path temp;
  private Path root;
  private PublicTree tree;
  private final Troubles troubles = new Troubles();
  private final List<Path> entered = new ArrayList<>();

  @BeforeEach
  void make() throws IOException {
    root = Files.createDirectory(temp.resolve("media"));
    tree = new PublicTree(root);
  }

  private Snapshot scan(boolean followSymlinks) throws IOException {
    Finder finder = PublicDirectory.finder(tree, followSymlinks);
    return new DirectoryScan(tree, finder, (path, found) -> entered.add(path)).all(troubles);
  }

  private FileLook look(boolean followSymlinks) throws IOException {
    return new FileLook(tree, PublicDirectory.finder(tree, followSymlinks));
  }

  private List<String> titles(boolean followSymlinks) throws IOException {
    return scan(followSymlinks).files().keySet().stream().map(Title::path).sorted().toList();
  }

  private Path make(Path file) throws IOException {
    Files.createDirectories(file.getParent());
    return Files.write(file, new byte[10]);
  }

  @Nested
  class SymbolicLinks {

    @Test
    void withinTheDirectoryAreFollowed() throws IOException {
      make(root.resolve("a/x.mp4"));
      Files.createSymbolicLink(root.resolve("y.mp4"), Path.of("a/x.mp4"));
      Files.createSymbolicLink(root.resolve("b"), root.resolve("a"));
      assertThat(titles(false)).containsExactly("/a/x.mp4", "/b/x.mp4", "/y.mp4");
    }

    @Test
    void thatLeadOutAreFollowedOnlyWhenAllowed() throws IOException {
      make(root.resolve("x.mp4"));
      make(temp.resolve("out/y.mp4"));
      Files.createSymbolicLink(root.resolve("file.mp4"), temp.resolve("out/y.mp4"));
      Files.createSymbolicLink(root.resolve("dir"), temp.resolve("out"));
      assertThat(titles(false)).containsExactly("/x.mp4");
      assertThat(troubles.sentences()).as("nothing is wrong").isEmpty();
      assertThat(titles(true)).containsExactly("/dir/y.mp4", "/file.mp4", "/x.mp4");
    }

    @Test
    void thatLeadOutAreNothingToASingleLookEither() throws IOException {
      make(temp.resolve("out/y.mp4"));
      Files.createSymbolicLink(root.resolve("file.mp4"), temp.resolve("out/y.mp4"));
      Files.createSymbolicLink(root.resolve("dir"), temp.resolve("out"));
      FileLook strict = look(false);
      assertThat(strict.at(new Title("/file.mp4"))).isInstanceOf(Sighting.Nothing.class);
      assertThat(strict.at(new Title("/dir/y.mp4"))).isInstanceOf(Sighting.Nothing.class);
      assertThat(look(true).at(new Title("/dir/y.mp4"))).isInstanceOf(Sighting.Regular.class);
    }

    @Test
    void thatLeadBackUpOrNowhereEndTheWalk() throws IOException {
      make(root.resolve("a/x.mp4"));
      Files.createSymbolicLink(root.resolve("a/up"), root);
      Files.createSymbolicLink(root.resolve("a/self"), Path.of("."));
      Files.createSymbolicLink(root.resolve("a/nowhere"), Path.of("missing"));
      Files.createSymbolicLink(root.resolve("a/loop"), Path.of("loop"));
      assertThat(titles(true)).containsExactly("/a/x.mp4");
    }

    @Test
    void thatLeadToThemselvesAreNothingAndHideNothing() throws IOException {
      make(root.resolve("x.mp4"));
      Files.createSymbolicLink(root.resolve("loop.mp4"), Path.of("loop.mp4"));
      Files.createSymbolicLink(root.resolve("one"), Path.of("../media/two"));
      Files.createSymbolicLink(root.resolve("two"), root.resolve("one"));
      Files.createSymbolicLink(root.resolve("through.mp4"), Path.of("one/x.mp4"));
      for (boolean followSymlinks : new boolean[] {false, true}) {
        Snapshot snapshot = scan(followSymlinks);
        assertThat(snapshot.files()).containsOnlyKeys(new Title("/x.mp4"));
        assertThat(snapshot.unreadable()).isEmpty();
        assertThat(troubles.sentences()).isEmpty();
        assertThat(look(followSymlinks).at(new Title("/loop.mp4")))
            .isInstanceOf(Sighting.Nothing.class);
      }
    }

    @Test
    void toTheDirectoryItselfAreFine() throws IOException {
      make(root.resolve("x.mp4"));
      Path link = Files.createSymbolicLink(temp.resolve("link"), root);
      tree = new PublicTree(link);
      assertThat(titles(false)).containsExactly("/x.mp4");
      assertThat(look(false).at(new Title("/x.mp4"))).isInstanceOf(Sighting.Regular.class);
    }
  }

  @Nested
  class Names {

    @Test
    void ofAnyUtf8RoundTrip() throws IOException {
      String[] names = {
        "a b",
        "a+b",
        "100%41",
        "?#&",
        "it's \"q\"",
        "é",
        "e\u0301",
        "映画.mp4",
        "\uD83C\uDFAC",
        "tab\tnl\n",
        "\uFFFD"
      };
      for (String name : names) {
        Path file = make(PublicTree.child(root, name.getBytes(StandardCharsets.UTF_8)));
        Title title = tree.titleOf(file).orElseThrow();
        assertThat(title.path()).isEqualTo("/" + name);
        assertThat(tree.fileOf(title)).isEqualTo(file);
        assertThat(PublicTree.child(root, name.getBytes(StandardCharsets.UTF_8))).isEqualTo(file);
        assertThat(look(false).at(title)).isInstanceOf(Sighting.Regular.class);
      }
      assertThat(titles(false)).hasSize(names.length);
    }

    @Test
    void thatAreNoUtf8AreSkippedAndNamed() throws IOException {
      make(root.resolve("ok.mp4"));
      make(PublicTree.child(root, new byte[] {'a', (byte) 0xFF, (byte) 0xFE}));
      Path directory = PublicTree.child(root, new byte[] {'d', (byte) 0xC3});
      Files.createDirectory(directory);
      make(directory.resolve("inside.mp4"));
      assertThat(titles(false)).containsExactly("/ok.mp4");
    }

    @Test
    void thatAreTooLongAreSkipped() throws IOException {
      Path deep = root;
      for (int i = 0; i < 9; i++) {
        deep = Files.createDirectory(deep.resolve("d".repeat(220)));
      }
      make(deep.resolve("s.mp4"));
      make(deep.resolve("l".repeat(100)));
      assertThat(titles(false)).hasSize(1).allMatch(t -> t.endsWith("/s.mp4"));
    }

    @Test
    void ofUnfinishedAndHiddenFilesAreLeftOut() throws IOException {
      make(root.resolve("ok.part.mp4"));
      for (String name : new String[] {".a", "b.part", "c.tmp", "d.crdownload", "e~", ".d/x.mp4"}) {
        make(root.resolve(name));
      }
      make(root.resolve("lost+found/x.mp4"));
      make(root.resolve("e~d/x.mp4"));
      assertThat(titles(false)).containsExactly("/e~d/x.mp4", "/ok.part.mp4");
    }

    @Test
    void canBePastedIntoAShell() {
      assertThat(ShellText.quote("/a b'c".getBytes(StandardCharsets.UTF_8)))
          .isEqualTo("'/a b'\\''c'");
      assertThat(ShellText.quote(new byte[] {'/', (byte) 0xFF, '\n', 'x'}))
          .isEqualTo("$'/\\xff\\x0ax'");
    }
  }

  @Nested
  class AScan {

    @Test
    void entersEachDirectoryBeforeItListsIt() throws IOException {
      make(root.resolve("a/b/x.mp4"));
      titles(false);
      assertThat(entered).containsExactly(root, root.resolve("a"), root.resolve("a/b"));
    }

    @Test
    void leavesOutWhereNodesKeepKeysAndBlocks() throws IOException {
      make(root.resolve("x.mp4"));
      make(root.resolve("cache/p2pd-store"));
      make(root.resolve("cache/state/node.key"));
      make(root.resolve("state/p2pd-state"));
      make(root.resolve("state/token"));
      titles(false);
      assertThat(entered).containsExactly(root);
      PublicTree tree = new PublicTree(root);
      assertThat(NodeDirectories.hold(tree, new Title("/cache/state/node.key"))).isTrue();
      assertThat(NodeDirectories.hold(tree, new Title("/state/token"))).isTrue();
      assertThat(NodeDirectories.hold(tree, new Title("/x.mp4"))).isFalse();
    }

    @Test
    void tellsHowTheDirectoryIs() throws IOException {
      assertThat(scan(false).root()).isInstanceOf(RootCondition.Empty.class);
      assertThat(scan(false).isEmpty()).isTrue();
      Files.createDirectory(root.resolve("empty"));
      assertThat(scan(false).root()).as("as a look says").isEqualTo(RootProbe.look(root));
      assertThat(scan(false).isEmpty()).isTrue();
      make(root.resolve("x.mp4"));
      assertThat(scan(false).root()).isInstanceOf(RootCondition.Fine.class);
      assertThat(scan(false).isEmpty()).isFalse();
      Files.move(root, temp.resolve("away"));
      assertThat(scan(false).root()).isInstanceOf(RootCondition.Unreadable.class);
      Files.write(root, new byte[1]);
      assertThat(scan(false).root()).isInstanceOf(RootCondition.Unreadable.class);
    }

    @Test
    void differsFromWhatWasKnownOnlyWhereItCouldLook() {
      FileStat one = new FileStat(1, 1, 1, 1, 1, 0x8000, 1);
      FileStat two = new FileStat(1, 2, 1, 1, 1, 0x8000, 1);
      Map<Title, FileStat> known =
          Map.of(
              new Title("/same"), one,
              new Title("/changed"), one,
              new Title("/gone"), one,
              new Title("/dark/unknown"), one);
      Snapshot snapshot =
          new Snapshot(
              "/",
              false,
              new RootCondition.Fine(1),
              Map.of(new Title("/same"), one, new Title("/changed"), two, new Title("/new"), two),
              java.util.Set.of("/dark/"));
      SnapshotDiff diff = SnapshotDiff.between(known, snapshot);
      assertThat(diff.seen()).containsOnlyKeys(new Title("/changed"), new Title("/new"));
      assertThat(diff.vanished()).containsExactly(new Title("/gone"));
      Snapshot part =
          new Snapshot("/sub/", false, new RootCondition.Fine(1), Map.of(), java.util.Set.of());
      assertThat(SnapshotDiff.between(known, part).vanished()).isEmpty();
    }
  }
}
