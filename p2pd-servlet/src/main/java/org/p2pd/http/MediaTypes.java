package org.p2pd.http;

import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.p2pd.model.Title;

/**
 * The media type of a title, by the ending of its name: IANA's registered name where there is one,
 * else what players expect.
 */
public final class MediaTypes {

  /** What a name without a known ending is. */
  public static final String UNKNOWN = "application/octet-stream";

  private static final String TABLE =
      """
      video/mp4                       mp4 m4v mp4v mpg4 cmfv f4v
      video/iso.segment               m4s
      video/webm                      webm
      video/matroska                  mkv mk3d
      video/mpeg                      mpg mpeg mpe m1v m2v mpv vob
      video/mp2t                      ts m2t m2ts mts tsv tsp
      video/ogg                       ogv
      video/quicktime                 mov qt
      video/3gpp                      3gp 3gpp
      video/3gpp2                     3g2 3gpp2
      video/x-msvideo                 avi
      video/x-ms-wmv                  wmv
      video/x-ms-asf                  asf asx
      video/x-flv                     flv
      video/mj2                       mj2 mjp2
      video/jpeg                      jpgv
      video/h264                      h264 264
      video/h265                      h265 hevc 265
      video/x-ivf                     ivf
      video/x-mng                     mng
      video/dv                        dv
      video/vnd.rn-realvideo          rv
      application/vnd.rn-realmedia    rm
      application/mxf                 mxf
      application/ogg                 ogx
      application/vnd.apple.mpegurl   m3u8
      audio/x-mpegurl                 m3u
      application/dash+xml            mpd
      application/dash-patch+xml      mpp
      application/vnd.ms-sstr+xml     ism ismc isml
      application/xspf+xml            xspf
      application/smil+xml            smil smi
      audio/x-scpls                   pls
      audio/mpeg                      mp3 mp2 mpga m2a m3a
      audio/mp4                       m4a m4b mp4a cmfa
      audio/aac                       aac adts
      audio/ogg                       ogg oga spx
      audio/opus                      opus
      audio/flac                      flac
      audio/matroska                  mka
      audio/webm                      weba
      audio/vnd.wave                  wav
      audio/aiff                      aif aiff aifc
      audio/basic                     au snd
      audio/midi                      mid midi kar rmi
      audio/ac3                       ac3
      audio/eac3                      ec3 eac3
      audio/AMR                       amr
      audio/AMR-WB                    awb
      audio/x-ms-wma                  wma
      audio/x-caf                     caf
      audio/vnd.dts                   dts
      text/vtt; charset=utf-8         vtt
      application/x-subrip; charset=utf-8  srt
      text/x-ssa; charset=utf-8       ssa ass
      application/ttml+xml            ttml dfxp
      application/x-sami              sami
      application/mp4                 cmft mp4s
      image/jpeg                      jpg jpeg jpe jfif
      image/png                       png
      image/apng                      apng
      image/gif                       gif
      image/webp                      webp
      image/avif                      avif
      image/heic                      heic
      image/heif                      heif
      image/jxl                       jxl
      image/svg+xml                   svg svgz
      image/bmp                       bmp
      image/tiff                      tif tiff
      image/vnd.microsoft.icon        ico
      image/jp2                       jp2
      image/x-portable-pixmap         ppm
      text/html                       html htm
      application/xhtml+xml           xhtml xht
      text/css                        css
      text/javascript                 js mjs
      application/json                json map
      application/manifest+json       webmanifest
      application/wasm                wasm
      application/xml                 xml xsl
      application/rss+xml             rss
      application/atom+xml            atom
      text/plain; charset=utf-8       txt text log nfo md5 sha256
      text/markdown; charset=utf-8    md
      text/csv; charset=utf-8         csv
      application/pdf                 pdf
      application/epub+zip            epub
      application/zip                 zip
      application/gzip                gz tgz
      application/zstd                zst
      application/x-bzip2             bz2
      application/x-xz                xz
      application/x-7z-compressed     7z
      application/vnd.rar             rar
      application/x-tar               tar
      application/x-bittorrent        torrent
      application/metalink4+xml       meta4
      application/vnd.debian.binary-package  deb
      application/x-iso9660-image     iso
      font/woff                       woff
      font/woff2                      woff2
      font/ttf                        ttf
      font/otf                        otf
      """;

  private static final Map<String, String> BY_ENDING =
      TABLE
          .lines()
          .flatMap(
              line -> {
                int gap = line.indexOf("  ");
                String type = line.substring(0, gap);
                return Stream.of(line.substring(gap).strip().split(" "))
                    .map(ending -> Map.entry(ending, type));
              })
          .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));

  private MediaTypes() {}

  /** The type of the title, as it stands in Content-Type. */
  public static String of(Title title) {
    String name = title.fileName();
    String ending = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    return BY_ENDING.getOrDefault(ending, UNKNOWN);
  }

  /**
   * Whether a browser runs scripts in such a file when it is opened by itself, though nobody takes
   * it for a page.
   */
  public static boolean isPictureOrDataWithScripts(String mediaType) {
    return mediaType.equals("image/svg+xml") || mediaType.equals("application/xml");
  }

  /** Whether the owner edits such files in place: pages and playlists. */
  public static boolean isPageOrPlaylist(String mediaType) {
    return switch (mediaType) {
      case "text/html",
          "application/xhtml+xml",
          "application/vnd.apple.mpegurl",
          "audio/x-mpegurl",
          "application/dash+xml",
          "application/dash-patch+xml",
          "application/vnd.ms-sstr+xml",
          "application/xspf+xml",
          "application/smil+xml",
          "audio/x-scpls" ->
          true;
      default -> false;
    };
  }
}
