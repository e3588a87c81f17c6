package org.p2pd.spp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.p2pd.identity.NodeKey;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Title;

class BodiesTest {

  @Nested
  class Json {

    @ParameterizedTest
    @ValueSource(
        strings = {
          "",
          "[]",
          "1",
          "null",
          "{\"a\":1}{}",
          "{\"a\":1,\"a\":2}",
          "{\"a\":",
          "{'a':1}",
          "{\"a\":NaN}",
          "{\"a\":[[[[[[[[[1]]]]]]]]]}"
        })
    void thatIsNotOneBoundedObjectIsRefused(String text) {
      assertThatThrownBy(() -> parse(text)).isInstanceOf(MalformedException.class);
    }

    @Test
    void ofMoreThan64KibIsRefusedUnread() {
      assertThatThrownBy(() -> JsonBody.parse(new byte[64 * 1024 + 1]))
          .hasMessageContaining("65537");
    }

    @Test
    void membersAreCheckedAsTheyAreTaken() throws Exception {
      JsonBody body = parse("{\"n\":7,\"t\":\"x\",\"big\":1e400,\"f\":1.5,\"unknown\":{}}");
      assertThat(body.number("n", 0, 7)).isEqualTo(7);
      assertThat(body.text("t", 1)).isEqualTo("x");
      assertThat(body.optionalText("none", 1)).isEmpty();
      assertThatThrownBy(() -> body.number("n", 0, 6)).isInstanceOf(MalformedException.class);
      assertThatThrownBy(() -> body.number("big", 0, 6)).isInstanceOf(MalformedException.class);
      assertThatThrownBy(() -> body.number("f", 0, 6)).isInstanceOf(MalformedException.class);
      assertThatThrownBy(() -> body.number("t", 0, 6)).isInstanceOf(MalformedException.class);
      assertThatThrownBy(() -> body.text("t", 0)).isInstanceOf(MalformedException.class);
      assertThatThrownBy(() -> body.text("n", 9)).isInstanceOf(MalformedException.class);
      assertThatThrownBy(() -> body.flag("n")).isInstanceOf(MalformedException.class);
      assertThatThrownBy(() -> body.key("t")).isInstanceOf(MalformedException.class);
    }

    private static JsonBody parse(String text) throws MalformedException {
      return JsonBody.parse(text.getBytes(StandardCharsets.UTF_8));
    }
  }

  @Nested
  class Messages {

    private final NodeKey key = TestKeys.first();
    private final Octets nonce = Octets.random(32, new SecureRandom());

    @Test
    void goThereAndBack() throws Exception {
      SessionMessages.Confirm confirm =
          new SessionMessages.Confirm(Octets.of(new byte[64]), 65_535, "/video", "x/1");
      assertThat(SessionMessages.Confirm.parse(again(confirm.toJson()))).isEqualTo(confirm);
      SecretMessages.Ask ask = new SecretMessages.Ask(key.publicKey(), nonce, 1, "");
      assertThat(SecretMessages.Ask.parse(again(ask.toJson()))).isEqualTo(ask);
      Report mismatch =
          new Report.Mismatch(
              TestEdition.random(1, 1).edition.id(), new ByteRange(1 << 20, (2 << 20) - 1));
      assertThat(Report.parse(again(mismatch.toJson()))).isEqualTo(mismatch);
      Report wanted = new Report.Wanted(new Title("/映画 %.mp4"));
      assertThat(Report.parse(again(wanted.toJson()))).isEqualTo(wanted);
      NodeFacts facts =
          new NodeFacts(
              key.id(),
              NodeFacts.Role.SERVER,
              List.of(1),
              "x/1",
              true,
              Optional.of(key.publicKey()),
              "7.8",
              1,
              2);
      assertThat(NodeFacts.parse(again(facts.toJson()))).isEqualTo(facts);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "video", "/a/", "/../x", "/a//b", "/a b", "/%2e", "/.spp", "/é"})
    void noOtherPathIsDialledBack(String path) {
      JsonBody body =
          new SecretMessages.Ask(key.publicKey(), nonce, 1, "").toJson().with("path", path);
      assertThatThrownBy(() -> SecretMessages.Ask.parse(again(body)))
          .isInstanceOf(MalformedException.class);
    }

    @Test
    void aMismatchOfSeveralRegionsIsNoReport() {
      JsonBody body =
          JsonBody.empty()
              .with("kind", "mismatch")
              .with("edition", TestEdition.random(1, 1).edition.id().toString())
              .with("first", 0)
              .with("last", 1 << 20);
      assertThatThrownBy(() -> Report.parse(again(body))).isInstanceOf(MalformedException.class);
    }

    private static JsonBody again(JsonBody body) throws MalformedException {
      return JsonBody.parse(body.toBytes());
    }
  }

  @Nested
  class SecretFiles {

    @org.junit.jupiter.api.io.TempDir private Path directory;

    @Test
    void areMadeForTheirOwnerAlone() throws Exception {
      Path file = directory.resolve("secret");
      Secret made = SecretFile.create(file, new SecureRandom());
      assertThat(SecretFile.read(file)).isEqualTo(made);
      assertThat(Files.getPosixFilePermissions(file)).hasSize(2);
      assertThatThrownBy(() -> SecretFile.create(file, new SecureRandom()))
          .hasMessageContaining("is left as it is");
      assertThat(SecretFile.read(file)).isEqualTo(made);
    }

    @Test
    void areReadInHexAndInBothBase64s() throws Exception {
      byte[] bytes = {(byte) 0xfb, (byte) 0xff, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
      Secret expected = Secret.of(bytes);
      String hex = java.util.HexFormat.of().withUpperCase().formatHex(bytes);
      for (String text :
          List.of(
              hex,
              java.util.Base64.getEncoder().encodeToString(bytes),
              java.util.Base64.getUrlEncoder().withoutPadding().encodeToString(bytes))) {
        Path file = Files.writeString(directory.resolve("s"), "# ours\n\n  " + text + " \n");
        assertThat(SecretFile.read(file)).isEqualTo(expected);
      }
    }

    @ParameterizedTest
    @ValueSource(
        strings = {"", "# only\n", "short", "AAAAAAAAAAAAAAAAAAAAAA\nAAAAAAAAAAAAAAAAAAAAAA"})
    void thatHoldNoSecretSayHowToMakeOne(String text) throws Exception {
      Path file = Files.writeString(directory.resolve("s"), text);
      assertThatThrownBy(() -> SecretFile.read(file)).hasMessageContaining("p2pd secret");
      assertThatThrownBy(() -> SecretFile.read(directory.resolve("none")))
          .hasMessageContaining("p2pd secret");
    }

    @Test
    void keepWhatWasHandedOverTheNextStart() throws Exception {
      Path file = directory.resolve("handed");
      Secrets secrets = Secrets.handed(file);
      assertThat(secrets.spoken()).isEmpty();
      Secret first = Secret.of(new byte[16]);
      secrets.take(first);
      assertThat(Secrets.handed(file).spoken()).contains(first);
      assertThat(secrets.toHandOut()).contains(first);
      Files.writeString(file, "damaged");
      assertThat(Secrets.handed(file).spoken()).isEmpty();
    }

    @Test
    void thatTheOwnerGaveAreNeverHandedOut() throws Exception {
      Secrets given = Secrets.given(List.of(Secret.of(new byte[16]), Secret.of(new byte[17])));
      assertThat(given.toHandOut()).isEmpty();
      assertThat(given.asksParent()).isFalse();
      assertThat(given.accepted()).hasSize(2);
      assertThat(given.spoken()).contains(Secret.of(new byte[16]));
    }
  }

  @Test
  void errorsAreThoseOfTheProtocolsTable() throws Exception {
    String page = Files.readString(Path.of("../docs/spp.md"));
    String table = page.substring(page.indexOf("## 8. Errors"), page.indexOf("## 9. Limits"));
    List<String> documented = new ArrayList<>();
    Matcher row = Pattern.compile("\\| (\\d{3}) \\| (.*) \\|").matcher(table);
    while (row.find()) {
      Matcher code = Pattern.compile("`([a-z-]+)`").matcher(row.group(2));
      while (code.find()) {
        if (!code.group(1).equals("-i")) {
          documented.add(row.group(1) + " " + code.group(1));
        }
      }
    }
    assertThat(documented)
        .containsExactlyElementsOf(
            java.util.Arrays.stream(SppError.values())
                .map(error -> error.status() + " " + error.code())
                .toList());
  }
}
