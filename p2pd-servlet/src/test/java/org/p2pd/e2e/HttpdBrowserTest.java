package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.p2pd.e2e.lab.Browser;
import org.p2pd.e2e.lab.Httpd;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Node;
import org.p2pd.e2e.lab.RawHttp;
import org.p2pd.e2e.lab.Samples;
import org.p2pd.e2e.lab.Viewer;
import org.p2pd.e2e.lab.Waiting;

/** Pages that Apache httpd delivers play what p2pd delivers, in each of the shipped set-ups. */
@Tag("e2e")
class HttpdBrowserTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static final int PORT = 8080;
  private static final int TLS_PORT = 8443;

  private static Path pages;
  private static Node cache;
  private static Browser browser;

  @BeforeAll
  static void start() throws Exception {
    Path media = lab.directory("media");
    Files.copy(Samples.mp4(), media.resolve("sample.mp4"));
    Node server = lab.server("server", media).start();
    cache = lab.cache("cache", server).option("--trusted-proxy", "127.0.0.1").start();
    cache.awaitTitle("/sample.mp4");
    pages = lab.directory("pages");
    browser = lab.closing(Browser.start(lab.directory("browser")));
  }

  private static void page(String name, String film) throws IOException {
    Files.writeString(
        pages.resolve(name),
        "<!DOCTYPE html><title>a page</title><video autoplay muted controls crossorigin src='"
            + film
            + "'></video>");
  }

  private static void playsAndSeeks(Browser.Tab tab) throws Exception {
    Waiting.until(
        "the page is there",
        () -> tab.evaluate("document.querySelector('video') != null").asBoolean());
    tab.awaitPlayed(0, 1);
    tab.video("v.currentTime = 20");
    tab.awaitPlayed(20, 1);
    tab.video("v.currentTime = 3");
    tab.awaitPlayed(3, 1);
  }

  @Test
  void filmsOfAnotherOriginPlayAndMayBeRead() throws Exception {
    Httpd httpd =
        new Httpd(lab, "pages-beside-video.conf", PORT)
            .modules("proxy", "proxy_http")
            .define("P2PD_PAGES", pages.toString())
            .define("P2PD_TOMCAT", cache.authority())
            .start();
    page("beside.html", cache.url("/sample.mp4").toString());
    Browser.Tab tab = browser.open("http://" + httpd.authority() + "/beside.html");
    playsAndSeeks(tab);
    assertThat(
            tab.evaluate(
                    "(() => { const c = document.createElement('canvas');"
                        + " const v = document.querySelector('video');"
                        + " c.getContext('2d').drawImage(v, 0, 0);"
                        + " return c.getContext('2d').getImageData(0, 0, 1, 1).data.length; })()")
                .asInt())
        .as("its pictures may be read")
        .isEqualTo(4);
    assertThat(
            tab.evaluate(
                    "fetch('"
                        + cache.url("/sample.mp4")
                        + "', {headers: {Range: 'bytes=5-9', 'If-Match': '*'}}).then(async r =>"
                        + " r.status + ' ' + r.headers.get('Content-Range') + ' ' +"
                        + " r.headers.get('ETag').length + ' ' + (await r.arrayBuffer()).byteLength)")
                .asText())
        .as("with a preflight")
        .isEqualTo("206 bytes 5-9/" + Files.size(Samples.mp4()) + " 45 5");
    assertThat(
            tab.evaluate("fetch('" + cache.url("/nothing.mp4") + "').then(r => r.status)").asInt())
        .as("errors may be read too")
        .isEqualTo(404);
    tab.closeTab();
    for (String inner : new String[] {"/.p2pd/health", "/app/.p2pd/health", "/.spp/v1/node"}) {
      assertThat(Viewer.shared().get(URI.create("http://" + httpd.authority() + inner)).status())
          .as(inner)
          .isEqualTo(403);
    }
  }

  @Test
  void applicationsOfAnotherTomcatAreBehindIt() throws Exception {
    Tomcat tomcat = new Tomcat();
    tomcat.setBaseDir(lab.directory("tomcat").toString());
    String address = lab.address(PORT);
    tomcat.setPort(PORT);
    tomcat.getConnector().setProperty("address", address);
    Context application = tomcat.addContext("/app", null);
    Tomcat.addServlet(application, "hello", new Hello()).addMapping("/hello");
    Context other = tomcat.addContext("/other", null); // which Apache does not show
    Tomcat.addServlet(other, "hello", new Hello()).addMapping("/hello");
    tomcat.start();
    lab.closing(
        () -> {
          tomcat.stop();
          tomcat.destroy();
        });
    Httpd httpd =
        new Httpd(lab, "pages-beside-video.conf", PORT)
            .modules("proxy", "proxy_http")
            .define("P2PD_PAGES", pages.toString())
            .define("P2PD_TOMCAT", address + ":" + PORT)
            .start();
    Viewer.Answer first =
        Viewer.shared().get(URI.create("http://" + httpd.authority() + "/app/hello"));
    assertThat(first.text()).isEqualTo("hello " + httpd.authority() + " 1");
    String cookie = first.header("Set-Cookie");
    assertThat(cookie).contains("JSESSIONID").contains("Path=/app");
    assertThat(
            Viewer.shared()
                .get(
                    URI.create("http://" + httpd.authority() + "/app/hello"),
                    "Cookie",
                    cookie.substring(0, cookie.indexOf(';')))
                .text())
        .isEqualTo("hello " + httpd.authority() + " 2");
    for (String way :
        List.of("/app/..;/other/hello", "/app/%2e%2e;x=1/other/hello", "/other/hello")) {
      try (RawHttp stranger = new RawHttp(new Socket(), httpd.address(), PORT, httpd.authority())) {
        stranger.send("GET " + way + " HTTP/1.1");
        assertThat(stranger.head().status()).as(way).isIn(403, 404);
      }
    }
  }

  @Test
  void filmsOfTheSameOriginPlay() throws Exception {
    Httpd httpd =
        new Httpd(lab, "one-origin.conf", PORT)
            .modules("proxy", "proxy_http")
            .define("P2PD_PAGES", pages.toString())
            .define("P2PD_NODE", cache.authority())
            .start();
    page("one.html", "/media/sample.mp4");
    Browser.Tab tab = browser.open("http://" + httpd.authority() + "/one.html");
    playsAndSeeks(tab);
    tab.closeTab();
  }

  @Test
  void filmsPlayOverTls() throws Exception {
    Httpd httpd = new Httpd(lab, "tls.conf", PORT);
    httpd
        .modules("proxy", "proxy_http")
        .certified(httpd.address(), TLS_PORT)
        .define("P2PD_SITE", httpd.address())
        .define("P2PD_PAGES", pages.toString())
        .define("P2PD_NODE", cache.authority())
        .start();
    page("tls.html", "/media/sample.mp4");
    Browser.Tab tab = browser.open("https://" + httpd.address() + ":" + TLS_PORT + "/tls.html");
    playsAndSeeks(tab);
    assertThat(tab.evaluate("isSecureContext").asBoolean()).isTrue();
    tab.closeTab();
  }

  /** Counts a visitor's requests in a session, and says which host was asked for. */
  private static final class Hello extends HttpServlet {

    private static final long serialVersionUID = 1L;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      Object before = request.getSession().getAttribute("count");
      int count = before == null ? 1 : (Integer) before + 1;
      request.getSession().setAttribute("count", count);
      response.setContentType("text/plain;charset=utf-8");
      response.getWriter().print("hello " + request.getHeader("Host") + " " + count);
    }
  }
}
