# Sourced by deploy/test and deploy/demo: finds the programs that they take, and installs what is
# missing where it may.

missing_programs=()
missing_packages=()

# need PROGRAM PACKAGE
need() {
  command -v "$1" >/dev/null 2>&1 && return
  missing_programs+=("$1")
  missing_packages+=("$2")
}

# need_file FILE PACKAGE: a part of a package that is no program
need_file() {
  [ -e "$1" ] && return
  missing_programs+=("$1")
  missing_packages+=("$2")
}

# need_one_of PACKAGE PROGRAM…: the first one comes with the package, if that is offered
need_one_of() {
  local package=$1 program
  shift
  for program in "$package" "$@"; do
    command -v "$program" >/dev/null 2>&1 && return
  done
  need_if_offered "$package" "$package"
}

# need_if_offered PROGRAM PACKAGE: where this system has no such package, its tests are skipped
need_if_offered() {
  command -v "$1" >/dev/null 2>&1 && return
  if ! is_offered "$2" && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
    apt-get update -q # a fresh machine knows of no packages yet
  fi
  if is_offered "$2"; then
    missing_programs+=("$1")
    missing_packages+=("$2")
  else
    echo "no package $2 is offered here: what takes it is skipped" >&2
  fi
}

is_offered() {
  [ -n "$(apt-cache madison "$1" 2>/dev/null)" ]
}

# Installs what is missing, or says how; starts no service.
install_needed() {
  [ ${#missing_packages[@]} -eq 0 ] && return
  local packages
  packages=$(printf '%s\n' "${missing_packages[@]}" | sort -u | tr '\n' ' ')
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "missing: ${missing_programs[*]}" >&2
    echo "install it first, on Debian and Ubuntu by" >&2
    echo "  sudo apt-get install --no-install-recommends $packages" >&2
    exit 1
  fi
  echo "installing $packages"
  apt-get update -q
  # No daemon is started (tomcat10 would take port 8080): Debian's scripts ask this policy, where
  # the machine has none of its own, and start none at run level 1.
  (
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
      trap 'rm -f "$policy"' EXIT
      trap 'exit 130' INT TERM HUP
      printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy"
    fi
    # shellcheck disable=SC2086
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -q --no-install-recommends $packages
  )
}

require_java_17() {
  local version
  version=$(javac -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p')
  if [ "${version:-0}" -lt 17 ]; then
    echo "p2pd takes Java 17 or newer; $(command -v javac) is ${version:-unknown}" >&2
    exit 1
  fi
}
