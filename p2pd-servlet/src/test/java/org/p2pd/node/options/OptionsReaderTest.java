package org.p2pd.node.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.p2pd.agent.AgentConfig;
import org.p2pd.agent.AgentConfig.ParentAddress;
import org.p2pd.agent.AgentConfig.Role;
import org.p2pd.http.AdminToken;
import org.p2pd.http.CorsPolicy;
import org.p2pd.http.HostName;
import org.p2pd.http.Subnet;
import org.p2pd.model.BlockSize;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.NodeId;
import org.p2pd.servlet.HttpConfig;

/** Every option: its default, a good value, a bad one and what is said of it. */
class OptionsReaderTest {

  private static final String FINGERPRINT = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  private static final long GIB = 1L << 30;

  private static Surroundings surroundings(String p2pdOptions) {
    return new Surroundings(
        Map.of("P2PD_OPTIONS", p2pdOptions), Path.of("/home/u"), Optional.empty(), GIB);
  }

  private static OptionsReader reader(String p2pdOptions) {
    return new OptionsReader(surroundings(p2pdOptions), "1.2.3");
  }

  private static Parsed parse(String... words) {
    try {
      return reader("").readArguments(List.of(words));
    } catch (UsageException e) {
      throw new AssertionError("refused: " + e.getMessage(), e);
    }
  }

  private static NodeOptions options(String line) {
    return ((Parsed.Serve) parse(line.split(" ", -1))).options();
  }

  private static NodeOptions server(String line) {
    return options(("-p /mediafiles " + line).strip());
  }

  private static NodeOptions cache(String line) {
    return options(("-c /cachefiles -S 10.0.0.1 " + line).strip());
  }

  private static Role.Server serverRole(String line) {
    return (Role.Server) server(line).agent().role();
  }

  private static Role.Cache cacheRole(String line) {
    return (Role.Cache) cache(line).agent().role();
  }

  private static String refusal(String line) {
    return refusal(line.isEmpty() ? new String[0] : line.split(" ", -1));
  }

  private static String refusal(String... words) {
    try {
      Parsed parsed = reader("").readArguments(List.of(words));
      throw new AssertionError(Arrays.toString(words) + " was taken as " + parsed);
    } catch (UsageException e) {
      return String.valueOf(e.getMessage());
    }
  }

  @Nested
  class TheSeeds {

    @Test
    void startAServer() {
      NodeOptions options = options("-i -p /mediafiles -P 8080");

      assertThat(options.agent().share()).isTrue();
      assertThat(options.listening().port()).isEqualTo(8080);
      assertThat(options.access().viewers()).isEmpty();
      assertThat(((Role.Server) options.agent().role()).publicDirectory())
          .isEqualTo(Path.of("/mediafiles"));
    }

    @Test
    void startACache() {
      NodeOptions options = options("-c /cachefiles -A cdn.example.com -n -N -P 8080 -S 10.0.0.1");

      assertThat(options.agent().role())
          .isInstanceOfSatisfying(
              Role.Cache.class,
              cache -> {
                assertThat(cache.cacheDirectory()).isEqualTo(Path.of("/cachefiles"));
                assertThat(cache.parents())
                    .containsExactly(new ParentAddress("10.0.0.1", 8080, ""));
              });
      assertThat(options.agent().share()).isFalse();
      assertThat(options.access().acceptedHosts()).containsExactly(new HostName("cdn.example.com"));
      assertThat(options.access().viewers()).isEqualTo(Subnet.EVERYONE);
      assertThat(options.access().recursive()).isEqualTo(Subnet.EVERYONE);
    }

    @Test
    void mayHaveTheirSubnetsSpelledOut() {
      NodeOptions options = options("-c /c -n 0.0.0.0/0 -N 0.0.0.0/0 -P 8080 -S 10.0.0.1");

      assertThat(options.access().viewers()).containsExactly(subnet("0.0.0.0/0"));
      assertThat(options.access().recursive()).containsExactly(subnet("0.0.0.0/0"));
    }
  }

  @Nested
  class Roles {

    @Test
    void areOneOfTwo() {
      assertThat(refusal("")).contains("-p DIR").contains("-c DIR -S HOST");
      assertThat(refusal("-p /a -c /b -S h")).contains("-p and -c do not go together");
    }

    @Test
    void ofACacheNeedAParent() {
      assertThat(refusal("-c /c")).contains("add -S HOST");
    }

    @ParameterizedTest
    @CsvSource({
      "10.0.0.1, 10.0.0.1, 7000, ''",
      "cdn.example.com:90, cdn.example.com, 90, ''",
      "[::1]:8081, ::1, 8081, ''",
      "[2001:DB8::1], 2001:db8::1, 7000, ''",
      "::1, ::1, 7000, ''",
      "h:1/video/, h, 1, /video",
      "h/a/b, h, 7000, /a/b",
      "http://h:5/, h, 5, ''"
    })
    void parents(String written, String host, int port, String path) {
      assertThat(((Role.Cache) options("-c /c -P 7000 -S " + written).agent().role()).parents())
          .containsExactly(new ParentAddress(host, port, path));
    }

    @Test
    void firstParentNamesTheGroup() {
      assertThat(cacheRole("-S second:1 -S third:2").parents())
          .extracting(ParentAddress::host)
          .containsExactly("10.0.0.1", "second", "third");
    }

    @ParameterizedTest
    @ValueSource(strings = {"h:0", "h:65536", "h:x", ":80", "a b", "[::1", "h:80:90", "ftp://h"})
    void badParents(String written) {
      assertThat(refusal("-c", "/c", "-S", written)).contains("is no node's address");
    }

    @Test
    void parentsSpeakPlainHttp() {
      assertThat(refusal("-c /c -S https://h")).contains("leave https:// away");
    }

    @Test
    void share() {
      assertThat(server("").agent().share()).isFalse();
      assertThat(cache("--share").agent().share()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "-p /m -S h",
          "-p /m -C 1G",
          "-p /m --verify-reads",
          "-p /m --authority " + FINGERPRINT,
          "-c /c -S h -m SHA-256",
          "-c /c -S h --settle 1s",
          "-c /c -S h --follow-symlinks",
          "-c /c -S h --trust-files"
        })
    void haveTheirOwnOptions(String line) {
      assertThat(refusal(line)).contains("leave").contains("away");
    }

    @Test
    void withAnyFreePortCannotGuessTheParents() {
      assertThat(refusal("-c /c -P 0 -S h")).contains("-S h:8080");
      assertThat(cacheRole("-S other:81 -P 1").parents()).hasSize(2);
    }
  }

  @Nested
  class Access {

    @Test
    void isForThisMachineUnlessSaid() {
      NodeOptions.Access access = server("").access();

      assertThat(access.viewers()).isEmpty();
      assertThat(access.recursive()).isEmpty();
      assertThat(access.admins()).isEmpty();
      assertThat(access.acceptedHosts()).isEmpty();
    }

    @Test
    void collectsSubnets() {
      assertThat(server("-N 10.0.0.0/8 -N ::/0 --http-clients 1.2.3.4").access().viewers())
          .containsExactly(subnet("10.0.0.0/8"), subnet("::/0"), subnet("1.2.3.4"));
      assertThat(cache("-n 10.0.0.0/8 --recursive=::1").access().recursive())
          .containsExactly(subnet("10.0.0.0/8"), subnet("::1"));
      assertThat(server("--admin 10.0.0.0/8 --admin ::1").access().admins())
          .containsExactly(subnet("10.0.0.0/8"), subnet("::1"));
    }

    @Test
    void believesTheProxiesThatAreNamed() {
      assertThat(server("").access().trustedProxies()).isEmpty();
      assertThat(server("--trusted-proxy 127.0.0.1 --trusted-proxy fd00::/8").access())
          .extracting(NodeOptions.Access::trustedProxies)
          .isEqualTo(List.of(subnet("127.0.0.1"), subnet("fd00::/8")));
      for (String everyone : List.of("0.0.0.0/0", "::/0", "everyone")) {
        assertThat(refusal("-p /m --trusted-proxy " + everyone))
            .contains("each viewer choose an address")
            .contains("--trusted-proxy 127.0.0.1");
      }
    }

    @Test
    void takesClusteredLetters() {
      NodeOptions options = options("-inNP8081 -c /c -Sh");

      assertThat(options.agent().share()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"-N 10.0.0.0/33", "-n ten", "--admin 1.2.3", "-N ::/129"})
    void refusesWhatIsNoSubnet(String words) {
      assertThat(refusal("-c /c -S h " + words)).contains("is no subnet").contains("10.0.0.0/8");
    }

    @Test
    void acceptsHosts() {
      assertThat(server("-A CDN.example.com:80 --accept-host [::1]").access().acceptedHosts())
          .containsExactly(new HostName("cdn.example.com"), new HostName("::1"));
      assertThat(refusal("-p /m -A a_b!")).contains("is no host name");
    }

    @Test
    void mayBrowse() {
      assertThat(server("").access().browse()).isFalse();
      assertThat(server("--browse").access().browse()).isTrue();
      assertThat(cache("--browse").http(new AdminToken("0123456789abcdef")).browse()).isTrue();
      assertThat(refusal("-p /m --brows")).contains("--browse");
    }

    @Test
    void ofOtherOrigins() {
      assertThat(server("").access().cors()).isEqualTo(CorsPolicy.ANY);
      assertThat(server("--cors none").access().cors()).isEqualTo(CorsPolicy.NONE);
      assertThat(server("--cors https://a.example").access().cors().origins())
          .containsExactly("https://a.example");
      assertThat(refusal("-p /m --cors here")).contains("names no origin");
    }

    @Test
    void isPatient() {
      assertThat(server("").access().stall()).isEqualTo(Duration.ofMinutes(10));
      assertThat(server("--stall 90s").access().stall()).isEqualTo(Duration.ofSeconds(90));
      assertThat(refusal("-p /m --stall 0s")).contains("--stall");
      assertThat(refusal("-p /m --stall 10")).contains("ms, s, m or h");
      assertThat(refusal("-p /m --stall 25h")).contains("24h");
    }

    @Test
    void isLogged() {
      assertThat(server("").access().accessLog()).isEmpty();
      assertThat(server("--access-log /var/log/a").access().accessLog())
          .contains(Path.of("/var/log/a"));
    }

    @Test
    void becomesTheHttpSidesConfiguration() {
      AdminToken token = new AdminToken("0123456789abcdef");
      HttpConfig http =
          cache("-N -n 10.0.0.0/8 -A h --admin ::1 --trusted-proxy 10.0.0.9 --stall 1m")
              .http(token);

      assertThat(http.viewers()).isEqualTo(Subnet.EVERYONE);
      assertThat(http.recursive()).containsExactly(subnet("10.0.0.0/8"));
      assertThat(http.acceptedHosts()).containsExactly(new HostName("h"));
      assertThat(http.admins()).containsExactly(subnet("::1"));
      assertThat(http.trustedProxies()).containsExactly(subnet("10.0.0.9"));
      assertThat(http.timeLimits().stall()).isEqualTo(Duration.ofMinutes(1));
      assertThat(http.adminToken()).isEqualTo(token);
    }
  }

  @Nested
  class Listening {

    @Test
    void hasDefaults() {
      NodeOptions.Listening listening = server("").listening();

      assertThat(listening.port()).isEqualTo(8080);
      assertThat(listening.bind()).isEmpty();
      assertThat(listening.portFile()).isEmpty();
      assertThat(listening.advertised()).isEmpty();
      assertThat(listening.advertisedPort(1234)).isEqualTo(1234);
    }

    @Test
    void takesAnyPort() {
      assertThat(server("--port 0").listening().port()).isZero();
      assertThat(server("-P 65535").listening().port()).isEqualTo(65_535);
    }

    @ParameterizedTest
    @ValueSource(strings = {"65536", "x", "+1", "99999999999", "1.5"})
    void refusesWhatIsNoPort(String port) {
      assertThat(refusal("-p /m -P " + port)).contains("is no port");
    }

    @Test
    void writesThePort() {
      assertThat(server("--port-file /run/port").listening().portFile())
          .contains(Path.of("/run/port"));
    }

    @Test
    void onOneAddress() {
      assertThat(server("--bind 127.0.0.2").listening().bind().orElseThrow().getHostAddress())
          .isEqualTo("127.0.0.2");
      assertThat(server("--bind [::1]").listening().bind()).isPresent();
      assertThat(refusal("-p /m --bind localhost")).contains("is no address");
    }

    @Test
    void asOthersSeeIt() {
      NodeOptions.Listening listening = server("--advertise cdn.example.com:80").listening();

      assertThat(listening.advertisedPort(8080)).isEqualTo(80);
      assertThat(server("--advertise h").listening().advertisedPort(8080)).isEqualTo(8080);
      assertThat(refusal("-p /m --advertise h/path")).contains("leave the path away");
    }

    @Test
    void notByANameThatOtherNodesWouldNotTake() {
      String longest = "h".repeat(60) + ".com";

      assertThat(server("--advertise " + longest).listening().advertised().orElseThrow().host())
          .isEqualTo(new HostName(longest));
      assertThat(refusal("-p /m --advertise h" + longest))
          .contains("--advertise", "h" + longest, "has 65 characters", "at most 64");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "[::]", "[::]:80", "0.0.0.0:80"})
    void notByAnAddressThatIsNobodys(String host) {
      assertThat(refusal("-c /c -S h --advertise " + host))
          .contains("--advertise", "leads others nowhere", "at which they reach this node");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a..b", "-h", "h:99999", "[::1", "a/b/c", "host%20name", "[fe80::1%1]"})
    void notByWhatIsNoHost(String host) {
      assertThat(refusal("-c /c -S h --advertise " + host)).contains("--advertise");
    }
  }

  @Nested
  class Storage {

    @Test
    void hasDefaults() {
      AgentConfig agent = cache("").agent();

      assertThat(agent.blockSize()).isEqualTo(BlockSize.DEFAULT);
      assertThat(agent.memoryLimitBytes()).isEqualTo(256L << 20);
      assertThat(cacheRole("").diskLimitBytes()).isEmpty();
      assertThat(cacheRole("").verifyReads()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"16K, 16384", "64k, 65536", "65536, 65536", "1M, 1048576", "256KiB, 262144"})
    void blockSizes(String written, int bytes) {
      assertThat(cache("-b " + written).agent().blockSize()).isEqualTo(new BlockSize(bytes));
    }

    @ParameterizedTest
    @ValueSource(strings = {"8K", "63K", "2M", "0", "99999999T"})
    void refusesOtherBlockSizes(String written) {
      assertThat(refusal("-p /m -b " + written)).containsAnyOf("16K, 32K", "more bytes");
    }

    @Test
    void limitsDisk() {
      assertThat(cacheRole("-C 20G").diskLimitBytes()).hasValue(20 * GIB);
      assertThat(cacheRole("--verify-reads").verifyReads()).isTrue();
      assertThat(refusal("-c /c -S h -C 1K")).contains("1M or more");
      assertThat(refusal("-c /c -S h -C 20KB")).contains("is no size");
      assertThat(refusal("-c /c -S h -C -1")).contains("-1");
    }

    @Test
    void limitsMemory() {
      assertThat(cache("-M 64M").agent().memoryLimitBytes()).isEqualTo(64L << 20);
      assertThat(refusal("-p /m -M 1M")).contains("8M or more");
      assertThat(refusal("-c /c -S h -n -N -M 7M")).contains("8M or more");
      assertThat(cache("-M 8M").agent().memoryLimitBytes()).isEqualTo(8L << 20);
      assertThat(refusal("-p /m -M 2G")).contains("-XX:MaxDirectMemorySize=4096m");
    }

    @Test
    void takesHalfOfLittleMemory() throws UsageException {
      Surroundings little =
          new Surroundings(Map.of(), Path.of("/home/u"), Optional.empty(), 64L << 20);
      Parsed parsed = new OptionsReader(little, "").readArguments(List.of("-p", "/m"));

      assertThat(((Parsed.Serve) parsed).options().agent().memoryLimitBytes()).isEqualTo(32L << 20);
    }
  }

  @Nested
  class State {

    @Test
    void ofACacheIsInside() {
      assertThat(cache("").agent().state()).isEqualTo(Path.of("/cachefiles/state"));
    }

    @Test
    void ofAServerIsTheUsers() throws UsageException {
      assertThat(server("").agent().state()).isEqualTo(Path.of("/home/u/.local/state/p2pd"));
      assertThat(stateWith(Map.of("XDG_STATE_HOME", "/xdg"), Optional.empty()))
          .isEqualTo(Path.of("/xdg/p2pd"));
      assertThat(stateWith(Map.of("XDG_STATE_HOME", "relative"), Optional.empty()))
          .isEqualTo(Path.of("/home/u/.local/state/p2pd"));
    }

    @Test
    void inAForeignTomcatIsTomcats() throws UsageException {
      assertThat(stateWith(Map.of(), Optional.of(Path.of("/tomcat"))))
          .isEqualTo(Path.of("/tomcat/p2pd"));
    }

    private Path stateWith(Map<String, String> environment, Optional<Path> catalinaBase)
        throws UsageException {
      Surroundings its = new Surroundings(environment, Path.of("/home/u"), catalinaBase, GIB);
      return new OptionsReader(its, "").readText("-p /m", "test").agent().state();
    }

    @Test
    void canBeNamed() {
      assertThat(server("--state /s/../t").agent().state()).isEqualTo(Path.of("/t"));
    }

    @Test
    void isNeverAmongTheMedia() {
      assertThat(refusal("-p /m --state /m/state")).contains("nothing is written");
      assertThat(refusal("-p /home")).contains("--state");
    }

    @Test
    void isNeverTheCacheItself() {
      assertThat(refusal("-c /c -S h --state /c")).contains("directory of its own");
    }
  }

  @Nested
  class Publishing {

    @Test
    void hasDefaults() {
      Role.Server role = serverRole("");

      assertThat(role.digest()).isEqualTo(DigestAlgorithm.SHA_256);
      assertThat(role.settle()).isEqualTo(Duration.ofSeconds(10));
      assertThat(role.followSymlinks()).isFalse();
      assertThat(role.trustFiles()).isFalse();
    }

    @Test
    void takesOptions() {
      Role.Server role = serverRole("-m sha3-256 --settle 500ms --follow-symlinks --trust-files");

      assertThat(role.digest()).isEqualTo(DigestAlgorithm.SHA3_256);
      assertThat(role.settle()).isEqualTo(Duration.ofMillis(500));
      assertThat(role.followSymlinks()).isTrue();
      assertThat(role.trustFiles()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
      "MD5, is weak",
      "sha1, is weak",
      "SHA-512, use SHA-512/256",
      "BLAKE3, is no known digest"
    })
    void refusesOtherDigests(String name, String reason) {
      assertThat(refusal("-p /m -m " + name)).contains(reason).contains("SHA");
    }
  }

  @Nested
  class TrustBetweenNodes {

    @Test
    void hasDefaults() {
      assertThat(cache("").agent().secretFiles()).isEmpty();
      assertThat(cache("").agent().authority()).isEmpty();
    }

    @Test
    void takesOptions() {
      AgentConfig agent =
          cache("--secret-file /a --secret-file /b --authority " + FINGERPRINT).agent();

      assertThat(agent.secretFiles()).containsExactly(Path.of("/a"), Path.of("/b"));
      assertThat(agent.authority()).isEqualTo(NodeId.parse(FINGERPRINT)).isPresent();
      assertThat(refusal("-c /c -S h --authority me")).contains("43 characters");
    }
  }

  @Nested
  class TheProcess {

    @Test
    void hasDefaults() {
      assertThat(server("").running())
          .isEqualTo(new NodeOptions.Running(false, false, Duration.ofSeconds(60)));
    }

    @Test
    void takesOptions() {
      assertThat(server("-d -D --drain 5s").running())
          .isEqualTo(new NodeOptions.Running(true, true, Duration.ofSeconds(5)));
    }

    @Test
    void groupsCachesOfOneParent() {
      assertThat(cache("").agent().cluster())
          .isEqualTo(
              new AgentConfig.Cluster(
                  OptionalInt.empty(), Optional.empty(), List.of(), 62_500_000));
      AgentConfig.Cluster cluster =
          cache(
                  "-A cdn.example.com -A b.example --advertise me.example:80 --cluster-port 7000"
                      + " --parent-below 40")
              .agent()
              .cluster();
      assertThat(cluster)
          .isEqualTo(
              new AgentConfig.Cluster(
                  OptionalInt.of(7000),
                  Optional.of("me.example"),
                  List.of("cdn.example.com", "b.example"),
                  5_000_000));
      assertThat(cache("--parent-below 0").agent().cluster().parentBelowBytesPerSecond()).isZero();
      assertThat(server("--cluster-port 0").agent().cluster().port()).hasValue(0);
      assertThat(refusal("-p /m --parent-below 3")).contains("belongs to a cache (-c)");
      assertThat(refusal("-c /c -S h --parent-below 1G")).contains("is no rate", "such as 500");
      assertThat(refusal("-c /c -S h --cluster-port 65536")).contains("is no port");
    }

    @Test
    void namesMirrors() {
      AgentConfig.Role.Cache role =
          (AgentConfig.Role.Cache)
              cache("-l other.example -l [::1]:81/video -P 8000").agent().role();
      assertThat(role.mirrors())
          .containsExactly(
              new AgentConfig.ParentAddress("other.example", 8000, ""),
              new AgentConfig.ParentAddress("::1", 81, "/video"));
      assertThat(refusal("-p /m -l other")).contains("-l goes with -c");
    }

    @Test
    void teaches() {
      assertThat(parse("--help"))
          .isInstanceOfSatisfying(
              Parsed.Show.class,
              show ->
                  assertThat(show.text())
                      .contains("p2pd -i -p /mediafiles -P 8080")
                      .contains("--settle=TIME")
                      .contains("(default: 8080)")
                      .contains("Ends with 0"));
      assertThat(((Parsed.Show) parse("status", "--help")).text()).contains("p2pd status");
      assertThat(parse("-V")).isEqualTo(new Parsed.Show("p2pd 1.2.3" + System.lineSeparator()));
    }
  }

  @Nested
  class WhatIsNoOption {

    @ParameterizedTest
    @ValueSource(strings = {"--tls-certificate c", "--tls-key=k"})
    void isNotYetAvailable(String words) {
      assertThat(refusal("-p /m " + words))
          .contains(words.split("[ =]", -1)[0])
          .contains("not yet available in this version");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-T", "-Z", "-T list", "-iT"})
    void belongsToOtherScenarios(String words) {
      assertThat(refusal("-p /m " + words)).contains("belongs to the original's other scenarios");
    }

    @ParameterizedTest
    @CsvSource({
      "--setle, --settle",
      "--portfile, --port-file",
      "-s, -S",
      "--recursiv, --recursive",
      "--Public, --public"
    })
    void isTakenForTheNearest(String word, String nearest) {
      assertThat(refusal("-p /m " + word)).contains("did you mean " + nearest + "?");
    }

    @Test
    void isJustUnknown() {
      assertThat(refusal("-p /m --frobnicate=7")).isEqualTo("unknown option --frobnicate");
      assertThat(refusal("-p /m stray")).contains("'stray' is no option and no command");
      assertThat(refusal("statsu")).contains("did you mean status?");
    }

    @Test
    void orLacksItsValue() {
      assertThat(refusal("-p /m -P")).contains("--port");
    }
  }

  @Nested
  class Sources {

    @TempDir Path directory;

    @Test
    void environmentComesFirstSoThatArgumentsWin() throws UsageException {
      Parsed parsed =
          reader("-p '/my media' -P 1 -N").readArguments(List.of("-P", "2", "-N", "10.0.0.0/8"));

      NodeOptions options = ((Parsed.Serve) parsed).options();
      assertThat(options.listening().port()).isEqualTo(2);
      assertThat(options.access().viewers()).hasSize(3);
      assertThat(((Role.Server) options.agent().role()).publicDirectory())
          .isEqualTo(Path.of("/my media"));
    }

    @Test
    void filesMayNameFilesBesideThem() throws Exception {
      Files.createDirectory(directory.resolve("sub"));
      Files.writeString(directory.resolve("p2pd.conf"), "# a server\n-p \"/m\" @sub/more # here\n");
      Files.writeString(directory.resolve("sub/more"), "--settle\n 3s -A 'a.example'");

      NodeOptions options = options("@" + directory.resolve("p2pd.conf"));

      assertThat(((Role.Server) options.agent().role()).settle()).isEqualTo(Duration.ofSeconds(3));
      assertThat(options.access().acceptedHosts()).hasSize(1);
    }

    @Test
    void aFileThatNamesItselfEnds() throws Exception {
      Path loop = directory.resolve("loop");
      Files.writeString(loop, "@" + loop);

      assertThat(refusal("@" + loop)).contains("does a file name itself?");
    }

    @Test
    void filesAreReadableText() throws Exception {
      assertThat(refusal("@" + directory.resolve("none"))).contains("cannot be read");
      Path binary = Files.write(directory.resolve("binary"), new byte[] {(byte) 0xff, 1});
      assertThat(refusal("@" + binary)).contains("not UTF-8");
      Path big = Files.writeString(directory.resolve("big"), " ".repeat(300_000));
      assertThat(refusal("@" + big)).contains("256 KiB");
    }

    @Test
    void theContainersTextRunsANode() throws UsageException {
      assertThat(reader("").readText("-p /m -N", "p2pd.options").access().viewers()).hasSize(2);
      assertThatExceptionOfType(UsageException.class)
          .isThrownBy(() -> reader("").readText("status", "p2pd.options"))
          .withMessageContaining("p2pd.options must say how to run a node");
    }
  }

  @Nested
  class SmallCommands {

    @Test
    void makeSecrets() {
      assertThat(parse("secret", "/etc/p2pd.secret"))
          .isEqualTo(new Parsed.MakeSecret(Path.of("/etc/p2pd.secret")));
      assertThat(refusal("secret")).contains("FILE");
    }

    @Test
    void nameANodeAsItWasStarted() {
      assertThat(parse("-c", "/c", "status")).isEqualTo(new Parsed.ShowStatus(Path.of("/c/state")));
      assertThat(parse("status", "-c", "/c")).isEqualTo(new Parsed.ShowStatus(Path.of("/c/state")));
      assertThat(parse("-i", "-p", "/m", "-N", "status"))
          .isEqualTo(new Parsed.ShowStatus(Path.of("/home/u/.local/state/p2pd")));
      assertThat(parse("--state", "/s", "accept-removals"))
          .isEqualTo(new Parsed.AcceptRemovals(Path.of("/s")));
    }

    @Test
    void trustAKey() {
      assertThat(parse("trust", FINGERPRINT, "-c", "/c"))
          .isEqualTo(
              new Parsed.Trust(Path.of("/c/state"), NodeId.parse(FINGERPRINT).orElseThrow()));
      assertThat(refusal("trust", "nobody")).contains("43 characters");
      assertThat(refusal("trust")).contains("FINGERPRINT");
    }
  }

  private static Subnet subnet(String text) {
    return Subnet.parse(text).orElseThrow();
  }
}
