package org.p2pd.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.p2pd.model.Title;

class MediaTypesTest {

  @ParameterizedTest
  @CsvSource({
    "/movie.mpg, video/mpeg",
    "/a.mp4, video/mp4",
    "/A.MP4, video/mp4",
    "/a.webm, video/webm",
    "/a.mkv, video/matroska",
    "/a.ogv, video/ogg",
    "/a.mov, video/quicktime",
    "/a.ts, video/mp2t",
    "/a.m4s, video/iso.segment",
    "/a.avi, video/x-msvideo",
    "/a.m3u8, application/vnd.apple.mpegurl",
    "/a.mpd, application/dash+xml",
    "/a.vtt, text/vtt; charset=utf-8",
    "/a.srt, application/x-subrip; charset=utf-8",
    "/a.mp3, audio/mpeg",
    "/a.flac, audio/flac",
    "/a.opus, audio/opus",
    "/a.jpg, image/jpeg",
    "/a.avif, image/avif",
    "/a.svg, image/svg+xml",
    "/a.html, text/html",
    "/a.js, text/javascript",
    "/a.json, application/json",
    "/a.pdf, application/pdf",
    "/a.tar.gz, application/gzip",
    "/a, application/octet-stream",
    "/mp4, video/mp4",
    "/a.mp4/b, application/octet-stream",
    "/a.unknown, application/octet-stream",
    "/a., application/octet-stream",
  })
  void followTheEndingOfTheName(String path, String type) {
    assertThat(MediaTypes.of(new Title(path))).isEqualTo(type);
  }
}
