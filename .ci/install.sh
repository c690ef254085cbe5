# `install PROGRAM PACKAGE...` installs a missing program; fails if that is not possible. Source it.

install() {
    command -v "$1" >/dev/null && return
    command -v apt-get >/dev/null || return 1
    local as_root=()
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || return 1
        as_root=(sudo -n)
    fi
    export DEBIAN_FRONTEND=noninteractive
    # RUNLEVEL prevents a package from starting its server.
    "${as_root[@]}" apt-get update -qq && "${as_root[@]}" env RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "${@:2}"
}
