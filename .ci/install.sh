# A program in, or false if it is missing and can't be installed here. To be sourced.

install() {
    command -v "$1" >/dev/null && return
    command -v apt-get >/dev/null || return 1
    local as_root=()
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || return 1
        as_root=(sudo -n)
    fi
    export DEBIAN_FRONTEND=noninteractive
    # RUNLEVEL keeps a package from starting a server of its own.
    "${as_root[@]}" apt-get update -qq && "${as_root[@]}" env RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "${@:2}"
}
