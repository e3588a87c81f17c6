# Sourced by deploy/demo: sample videos, made once by ffmpeg: moving test pictures and a tone.

samples=(sample.webm sample.mp4 movie.mpg)
sample_directory=target/demo-samples

# make_sample NAME SIZE SECONDS ENCODING…
make_sample() {
  local name=$1 size=$2 seconds=$3
  shift 3
  [ -f "$sample_directory/$name" ] && return
  echo "making $name ($size, $seconds s)"
  ffmpeg -v error -y \
    -f lavfi -i "testsrc2=size=$size:rate=25:duration=$seconds" \
    -f lavfi -i "sine=frequency=440:sample_rate=48000:duration=$seconds" \
    "$@" "$sample_directory/making-$name"
  mv "$sample_directory/making-$name" "$sample_directory/$name"
}

make_samples() {
  mkdir -p "$sample_directory"
  make_sample sample.webm 640x360 30 \
    -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -row-mt 1 -b:v 1500k -g 50 -c:a libopus
  make_sample sample.mp4 1280x720 60 \
    -c:v libx264 -preset ultrafast -pix_fmt yuv420p -b:v 4M -g 50 -c:a aac -movflags +faststart
  # MPEG-2 in an MPEG program stream, as the seeds' movie.mpg.
  make_sample movie.mpg 720x576 30 \
    -c:v mpeg2video -b:v 4M -maxrate 6M -bufsize 1835k -g 12 -c:a mp2 -f dvd
}
