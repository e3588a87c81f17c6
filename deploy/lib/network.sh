# Sourced by deploy/demo: one server and three caches as processes of this machine.

war=p2pd-servlet/target/p2pd.war
nodes=(server cache-1 cache-2 cache-3)
caches=(cache-1 cache-2 cache-3)
started=3 # caches so far
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

# Names the owner of a port that is taken, and ends. A node has two: for HTTP, and to be found.
refuse_taken_ports() {
  local node owner at taken=false
  for node in "${nodes[@]}"; do
    for at in "${port[$node]}" $((port[$node] + 1)); do
      owner=$(port_owner "${host[$node]}" "$at")
      [ -z "$owner" ] && continue
      echo "${host[$node]}:$at (for the $node) is taken by $owner: stop it first" >&2
      taken=true
    done
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
    start_cache "$node"
  done
  for node in "${nodes[@]}"; do
    await_node "$node"
  done
  for node in "${caches[@]}"; do
    await_siblings "$node"
  done
}

# start_cache NAME: it is told of its parent, and of no other cache
start_cache() {
  start_node "$1" -c "$work/$1" -n -N -S "$(in_url "${host[server]}"):${port[server]}"
}

# await_siblings NAME: until it has found the other caches
await_siblings() {
  local found=
  until [ "$found" = $((${#caches[@]} - 1)) ]; do
    require_alive "$1"
    sleep 0.2
    found=$({ status_of "$1" | grep -o '"relation" *: *"sibling" *, *"address"' || true; } | wc -l)
  done
}

# replace_cache OLD: starts another one in the place of a cache that is gone; nobody is told
replace_cache() {
  local new i
  started=$((started + 1))
  new=cache-$started
  host[$new]=${host[$1]} port[$new]=${port[$1]}
  unset "pid[$1]" "host[$1]" "port[$1]"
  for i in "${!nodes[@]}"; do [ "${nodes[i]}" = "$1" ] && nodes[i]=$new; done
  for i in "${!caches[@]}"; do [ "${caches[i]}" = "$1" ] && caches[i]=$new; done
  start_cache "$new"
  await_node "$new"
}

require_alive() {
  kill -0 "${pid[$1]}" 2>/dev/null && return
  echo "the $1 ended:" >&2
  cat "$work/$1.log" >&2
  exit 1
}

# await_node NAME: until it serves
await_node() {
  until [ -f "$work/$1.port" ]; do
    require_alive "$1"
    sleep 0.2
  done
}

publish_samples() {
  local sample node
  for sample in "${samples[@]}"; do
    cp "$sample_directory/$sample" "$media/"
  done
  for sample in "${samples[@]}"; do
    await_title "$sample" "${caches[@]}"
  done
  echo "published: ${samples[*]}"
}

# await_title FILE NODE…: until all of them know it
await_title() {
  local title=$1 node
  shift
  for node in "$@"; do
    until curl -sfI -o /dev/null "$(url_of "$node")/$title"; do
      require_alive "$node"
      require_alive server
      sleep 0.1
    done
  done
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
  local before='' now lines=0 node
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
    require_alive server
    for node in "${caches[@]}"; do
      if ! kill -0 "${pid[$node]}" 2>/dev/null; then
        replace_cache "$node"
        printf '%s is gone; the others serve on, and %s takes its place\n' "$node" "cache-$started"
        lines=0
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
  check_feeding
}

# What the first cache fetched, the others had from it and from each other.
check_feeding() {
  local node from_server from_caches
  for node in "${caches[@]:1}"; do
    from_server=$(fetched_from server "$node")
    from_caches=$(fetched_from caches "$node")
    [ "$from_caches" -gt $((from_server * 9)) ] ||
      fail "$node fetched $from_server bytes from the server, and $from_caches from other caches"
  done
  echo "ok  caches fed each other"
}

# fetched_from server|caches NODE: bytes
fetched_from() {
  local url bytes name sum=0
  while read -r url bytes; do
    name=$(name_of "$url")
    if [ "$1" = server ] && [ "$name" = server ]; then sum=$((sum + bytes)); fi
    if [ "$1" = caches ] && [ "$name" != server ]; then sum=$((sum + bytes)); fi
  done < <(sources_of "$2")
  echo "$sum"
}

# A cache is killed while another one plays what it got from it; then one is added.
check_failover() {
  local film=film.mp4 killed=${caches[0]} watched=${caches[2]} size viewer added
  head -c 64M /dev/urandom >"$work/$film"
  cp "$work/$film" "$media/"
  await_title "$film" "${caches[@]}"
  curl -sf -o "$work/got" "$(url_of "$killed")/$film"
  curl -sf --limit-rate 16M -o "$work/played" "$(url_of "$watched")/$film" &
  viewer=$!
  size=0
  until [ "$size" -gt 8000000 ]; do
    kill -0 "$viewer" 2>/dev/null || fail "$watched did not go on sending $film"
    sleep 0.1
    size=$(stat -c %s "$work/played" 2>/dev/null || echo 0)
  done
  kill -9 "${pid[$killed]}"
  wait "${pid[$killed]}" 2>/dev/null || true
  wait "$viewer" || fail "$watched broke off when $killed was killed"
  cmp "$work/played" "$work/$film" || fail "$film through $watched is wrong"
  echo "ok  $killed was killed while $watched played, and its viewer saw nothing of it"

  replace_cache "$killed"
  added=cache-$started
  await_siblings "$added"
  await_title "$film" "$added"
  curl -sf -o "$work/got" "$(url_of "$added")/$film" || fail "$film cannot be loaded through $added"
  cmp "$work/got" "$work/$film" || fail "$film through $added is wrong"
  # The server helps a single holder that is not fast enough (--parent-below).
  [ "$(fetched_from caches "$added")" -gt "$(fetched_from server "$added")" ] ||
    fail "$added fetched $(fetched_from server "$added") bytes from the server, and $(fetched_from caches "$added") from other caches"
  echo "ok  $added was added, and got its film from the caches"
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
