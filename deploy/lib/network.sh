# Sourced by deploy/demo: one server and three caches as processes of this machine.

war=p2pd-servlet/target/p2pd.war
nodes=(server cache-1 cache-2 cache-3)
caches=(cache-1 cache-2 cache-3)
declare -A host=() port=() pid=()

# place_nodes ADDRESS…: gives each node the next address, and a port of its own where it is shared
place_nodes() {
  local i
  local -a given=("$@")
  for i in "${!nodes[@]}"; do
    host[${nodes[i]}]=${given[i % $#]}
    port[${nodes[i]}]=$((8080 + 10 * (i / $#)))
  done
}

in_url() {
  case $1 in *:*) echo "[$1]" ;; *) echo "$1" ;; esac
}

# url_of NODE
url_of() {
  echo "http://$(in_url "${host[$1]}"):${port[$1]}"
}

# Names the owner of a port that is taken, and ends.
refuse_taken_ports() {
  local node owner taken=false
  for node in "${nodes[@]}"; do
    owner=$(port_owner "${host[$node]}" "${port[$node]}")
    [ -z "$owner" ] && continue
    echo "${host[$node]}:${port[$node]} (for the $node) is taken by $owner: stop it first" >&2
    taken=true
  done
  if $taken; then exit 1; fi
}

# port_owner ADDRESS PORT: who listens there or on all addresses; nothing if nobody does
port_owner() {
  ss -Hltnp "sport = :$2" | awk -v address="$(in_url "$1")" '
    {
      split($4, parts, /:[0-9]+$/)
      at = parts[1]
      if (sub(/^\[::ffff:/, "", at)) sub(/\]$/, "", at) # IPv4 on an IPv6 socket
      if (at != address && at != "0.0.0.0" && at != "*" && at != "[::]") next
      if (match($0, /"[^"]+",pid=[0-9]+/)) {
        owner = substr($0, RSTART + 1, RLENGTH - 1)
        sub(/",pid=/, " (process ", owner)
        print owner ")"
      } else {
        print "another user'"'"'s process (root can see which)"
      }
      exit
    }'
}

build_war() {
  if [ -f "$war" ] && [ -z "$(find pom.xml p2pd-*/pom.xml p2pd-*/src/main webapps -newer "$war" -print -quit 2>/dev/null)" ]; then
    return
  fi
  echo "building $war"
  mvn -B -ntp -q -DskipTests package
}

# start_node NAME OPTION…
start_node() {
  local name=$1
  shift
  java -Xmx256m -jar "$war" "$@" --bind "${host[$name]}" -P "${port[$name]}" \
    --port-file "$work/$name.port" >"$work/$name.log" 2>&1 &
  pid[$name]=$!
}

start_nodes() {
  media=$work/media
  mkdir "$media"
  echo "starting one server and three caches"
  start_node server -i -p "$media" --state "$work/server"
  local node
  for node in "${caches[@]}"; do
    start_node "$node" -c "$work/$node" -n -N -S "$(in_url "${host[server]}"):${port[server]}"
  done
  for node in "${nodes[@]}"; do
    await_node "$node"
  done
}

# await_node NAME: until it serves
await_node() {
  until [ -f "$work/$1.port" ]; do
    if ! kill -0 "${pid[$1]}" 2>/dev/null; then
      echo "the $1 ended:" >&2
      cat "$work/$1.log" >&2
      exit 1
    fi
    sleep 0.2
  done
}

publish_samples() {
  local sample node
  for sample in "${samples[@]}"; do
    cp "$sample_directory/$sample" "$media/"
  done
  for node in "${caches[@]}"; do
    for sample in "${samples[@]}"; do
      until curl -sfI -o /dev/null "$(url_of "$node")/$sample"; do
        kill -0 "${pid[$node]}" "${pid[server]}"
        sleep 0.1
      done
    done
  done
  echo "published: ${samples[*]}"
}

stop_nodes() {
  local node
  [ ${#pid[@]} -eq 0 ] && return
  echo "stopping"
  for node in "${!pid[@]}"; do kill "${pid[$node]}" 2>/dev/null || true; done
  for node in "${!pid[@]}"; do wait "${pid[$node]}" 2>/dev/null || true; done
}

# status_of NAME: what the node says of itself, on one line
status_of() {
  local state=$work/$1
  [ "$1" = server ] || state=$state/state
  curl -sf -m 5 -H "Authorization: Bearer $(cat "$state/token")" "$(url_of "$1")/.p2pd/status" |
    tr -d '\n'
}

# sources_of NAME: a line for each node that it fetched from: address and bytes
sources_of() {
  status_of "$1" | tr '{' '\n' |
    sed -n 's/.*"name" *: *"\([^"]*\)".*"receivedBytes" *: *\([0-9]*\).*/\1 \2/p'
}

# name_of URL: the node that answers there
name_of() {
  local node
  for node in "${nodes[@]}"; do
    case $1 in *"$(in_url "${host[$node]}"):${port[$node]}"*) echo "$node"; return ;; esac
  done
  echo "$1"
}

# held_by NAME: bytes of videos in its cache
held_by() {
  status_of "$1" | sed -n 's/.*"heldBytes" *: *\([0-9]*\).*/\1/p'
}

mebibytes() {
  awk -v bytes="${1:-0}" 'BEGIN { printf "%.1f MiB", bytes / 1048576 }'
}

# One line for each pair of nodes of which one fetched from the other.
traffic() {
  local node url bytes
  printf '%-10s %12s   %s\n' cache holds fetched
  for node in "${caches[@]}"; do
    printf '%-10s %12s  ' "$node" "$(mebibytes "$(held_by "$node")")"
    while read -r url bytes; do
      printf ' %s from %s ' "$(mebibytes "$bytes")" "$(name_of "$url")"
    done < <(sources_of "$node")
    printf '\n'
  done
}

# Shows the traffic until it is stopped: in place on a terminal, otherwise when it changes.
show_traffic() {
  local before='' now lines=0
  while true; do
    now=$(traffic)
    if [ -t 1 ]; then
      [ "$lines" -gt 0 ] && printf '\033[%dA' "$lines"
      printf '%s\n' "$now" | sed 's/$/\x1b[K/'
      lines=$(printf '%s\n' "$now" | wc -l)
    elif [ "$now" != "$before" ]; then
      printf '%s\n\n' "$now"
      before=$now
    fi
    for node in "${nodes[@]}"; do
      if ! kill -0 "${pid[$node]}" 2>/dev/null; then
        echo "the $node ended:" >&2
        tail -20 "$work/$node.log" >&2
        exit 1
      fi
    done
    sleep 1
  done
}

# Every video through every cache: decoded cold, compared byte for byte, by ranges, and again warm.
check_network() {
  local node sample tag
  for sample in "${samples[@]}"; do
    tag=
    for node in "${caches[@]}"; do
      check_video "$node" "$sample"
    done
  done
  traffic
}

# check_video NODE SAMPLE
check_video() {
  local url original=$sample_directory/$2 got=$work/got range this
  url=$(url_of "$1")/$2
  ffmpeg -v error -xerror -i "$url" -f null - || fail "$url does not play"
  curl -sf -D "$work/head" -o "$got" "$url" || fail "$url cannot be loaded"
  cmp "$got" "$original" || fail "$url differs from the original"
  curl -sf -r 100000-1099999 -o "$got" "$url"
  cmp "$got" <(tail -c +100001 "$original" | head -c 1000000) || fail "a range of $url differs"
  curl -sf -o "$got" "$url"
  cmp "$got" "$original" || fail "$url differs the second time"
  this=$(tr -d '\r' <"$work/head" | sed -n 's/^[Ee][Tt][Aa][Gg]: //p')
  [ -n "$this" ] || fail "$url has no entity tag"
  [ -z "$tag" ] || [ "$this" = "$tag" ] || fail "$url has another entity tag"
  tag=$this
  printf 'ok  %-10s %s\n' "$1" "$2"
}

fail() {
  echo "deploy/demo: $*" >&2
  exit 1
}
