# SPDX-License-Identifier: Apache-2.0
# Shared by office.sh and ../pictures/pictures.sh; sourced, never run.
# A caller sets NAME, NEED (commands) and PACKAGES (Debian), then calls:
#   session_init "$@"            checks, private HOME, clean-up trap
#   start TAG COMMAND...         an application in a session of its own
#   win TAG [--class|--name] RE  waits for its visible window, sets W[TAG]
#   place TAG X Y W H            moves and sizes it
#   session_go                   time zero
#   phase NAME T                 waits for T seconds and prints the mark
#   at T                         waits for T seconds after the cycle's start
# Environment: SESSION_KEEP=1 keeps the working folder; SESSION_SETTLE=seconds
# before time zero (default 2); SESSION_ASSETS=dir keeps generated pictures and
# the PDF between runs; SESSION_SMOOTH=0 turns Chromium's smooth scrolling off.

declare -A W PID
CYCLE=0 T0=0 LIMIT=0 FAULTS=0

die() { echo "$NAME: $*" >&2; exit 2; }

now() { printf '%s' "$EPOCHREALTIME"; }

session_init() {
    [ $# -ge 1 ] && [ $# -le 2 ] || { echo "usage: $NAME.sh DISPLAY [SECONDS]   (packages: $PACKAGES)" >&2; exit 64; }
    export DISPLAY=$1 LC_ALL=C.UTF-8 TZ=UTC
    LIMIT=${2:-$LENGTH}
    case $LIMIT in ''|*[!0-9.]*) die "SECONDS is not a number: $LIMIT";; esac
    local c missing=
    for c in $NEED; do command -v "$c" >/dev/null || missing+=" $c"; done
    [ -z "$missing" ] || die "missing commands:$missing; apt-get install --no-install-recommends $PACKAGES"
    local size
    size=$(timeout 5 xdotool getdisplaygeometry 2>/dev/null) || die "no X server answers on $DISPLAY"
    [ "$size" = "1920 1080" ] || die "display is $size, not 1920 1080"
    # The folder's name shows in titles and address bars, so it is the first free one of nine, not a random one.
    for c in 1 2 3 4 5 6 7 8 9; do
        WORK=${TMPDIR:-/tmp}/$NAME-session-$c
        mkdir -m 700 "$WORK" 2>/dev/null && break
        WORK=
    done
    [ -n "$WORK" ] || die "no free ${TMPDIR:-/tmp}/$NAME-session-N; remove old ones"
    trap session_end EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    ASSETS=${SESSION_ASSETS:-$WORK/assets}
    export HOME=$WORK/home XDG_CONFIG_HOME=$WORK/home/.config XDG_CACHE_HOME=$WORK/home/.cache \
        XDG_DATA_HOME=$WORK/home/.local/share XDG_RUNTIME_DIR=$WORK/run XDG_STATE_HOME=$WORK/home/.state
    mkdir -p "$ASSETS" "$XDG_CONFIG_HOME" "$XDG_CACHE_HOME" "$XDG_DATA_HOME" "$XDG_RUNTIME_DIR" "$WORK/log"
    chmod 700 "$XDG_RUNTIME_DIR"
    # No session bus, accessibility bus or settings daemon: nothing outlives the session.
    export DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent/bus NO_AT_BRIDGE=1 GTK_A11Y=none \
        GSETTINGS_BACKEND=memory LIBGL_ALWAYS_SOFTWARE=1 GDK_BACKEND=x11
    unset WAYLAND_DISPLAY SESSION_MANAGER
}

start() { # TAG COMMAND...
    local tag=$1; shift
    setsid "$@" >"$WORK/log/$tag" 2>&1 </dev/null &
    PID[$tag]=$!
}

# Ends what start() started: each is its own session, so its children are found by session id.
session_end() {
    local rc=$? p tag
    trap - EXIT INT TERM HUP
    for sig in TERM KILL; do
        for tag in "${!PID[@]}"; do
            for p in $(ps -o pid= -s "${PID[$tag]}" 2>/dev/null); do kill -$sig "$p" 2>/dev/null; done
        done
        [ $sig = KILL ] || sleep 0.7
    done
    wait 2>/dev/null
    if [ -n "${SESSION_KEEP:-}" ]; then echo "$NAME: kept $WORK" >&2; else rm -rf "$WORK"; fi
    exit $rc
}

win() { # TAG --class|--name|... RE
    local tag=$1 how=$2 re=$3 id end=$((SECONDS + 30))
    while :; do
        id=$(timeout 5 xdotool search --onlyvisible "$how" "$re" 2>/dev/null | tail -n 1)
        [ -n "$id" ] && { W[$tag]=$id; return; }
        [ $SECONDS -lt $end ] || { cat "$WORK/log/$tag" >&2; die "no window of $tag ($re) in 30 s"; }
        kill -0 "${PID[$tag]}" 2>/dev/null || { cat "$WORK/log/$tag" >&2; die "$tag ended"; }
        sleep 0.1
    done
}

place() { xdotool windowsize "${W[$1]}" "$4" "$5" windowmove "${W[$1]}" "$2" "$3"; sleep 0.2; }
# Waits for the focus, else the next key may go to the window before.
front() { timeout 2 xdotool windowactivate --sync "${W[$1]}" 2>/dev/null || fault "$1 did not get the focus"; nap 0.1; }

# A run in which an application missed its cue is no measurement: it says so and ends with status 4.
fault() { echo "$NAME: at $(( (${EPOCHREALTIME/./} - T0) / 1000000 )) s: $*" >&2; FAULTS=$((FAULTS + 1)); }
check() { # TAG RE: the window's title by now
    local t; t=$(timeout 2 xdotool getwindowname "${W[$1]}" 2>/dev/null)
    [[ $t =~ $2 ]] || fault "$1 shows '$t', not '$2'"
}

nap() { # SECONDS, no process started
    local fd
    [ -n "${NAPFD:-}" ] || exec {NAPFD}<> <(:)
    read -r -t "$1" -u "$NAPFD" fd
    return 0
}

until_us() { # absolute time in microseconds
    local n=${EPOCHREALTIME/./} d
    d=$(($1 - n))
    [ $d -le 0 ] || nap "$(printf '%d.%06d' $((d / 1000000)) $((d % 1000000)))"
}

us() { local i=${1%.*} f=; [[ $1 == *.* ]] && f=${1#*.}; f=${f}000000; echo $((10#${i:-0} * 1000000 + 10#${f:0:6})); }

at() {
    local t; t=$(( $(us "$1") + CYCLE ))
    if [ $t -ge "$(us "$LIMIT")" ]; then until_us $((T0 + $(us "$LIMIT"))); session_stop; fi
    until_us $((T0 + t))
}

phase() { # NAME T
    at "$2"
    timeout 5 xdotool getdisplaygeometry >/dev/null 2>&1 || die "the X server on $DISPLAY has gone"
    local t=$(( $(us "$2") + CYCLE ))
    printf 'phase %s %d.%d %s\n' "$1" $((t / 1000000)) $((t % 1000000 / 100000)) "$(now)"
}

session_stop() {
    printf 'phase end %s %s\n' "$LIMIT" "$(now)"
    [ $FAULTS = 0 ] || exit 4
    exit 0
}

session_go() { nap "${SESSION_SETTLE:-2}"; T0=${EPOCHREALTIME/./}; }

# Runs the caller's function cycle() until LIMIT; a second cycle goes on where the first one left the windows.
session_loop() {
    session_go
    while :; do cycle; CYCLE=$((CYCLE + $(us "$LENGTH"))); done
}

glide() { # X1 Y1 X2 Y2 STEPS STEP-SECONDS [xdotool words after]: the pointer in straight, eased steps
    local x1=$1 y1=$2 x2=$3 y2=$4 n=$5 s=$6 i e a=(); shift 6
    for ((i = 1; i <= n; i++)); do
        e=$(( (3 * 1000 * i * i / (n * n)) - (2 * 1000 * i * i * i / (n * n * n)) ))
        a+=(mousemove $((x1 + (x2 - x1) * e / 1000)) $((y1 + (y2 - y1) * e / 1000)) sleep "$s")
    done
    xdotool "${a[@]}" "$@"
}

type_slow() { # DELAY-MS TEXT; a line's end is the Return key, which every toolkit takes
    local d=$1 t=$2
    while [[ $t == *$'\n'* ]]; do
        [ -z "${t%%$'\n'*}" ] || xdotool type --delay "$d" -- "${t%%$'\n'*}"
        xdotool key --delay "$d" Return; t=${t#*$'\n'}
    done
    [ -z "$t" ] || xdotool type --delay "$d" -- "$t"
}
wheel() { xdotool click --repeat "$2" --delay "$3" "$1"; }   # BUTTON COUNT DELAY-MS
keys() { local d=$1; shift; xdotool key --delay "$d" -- "$@"; }
rep() { local d=$1 n=$2 k=$3 a=(); while [ $((n--)) -gt 0 ]; do a+=("$k"); done; xdotool key --delay "$d" "${a[@]}"; }

# A photograph-like JPEG from a fixed seed: STYLE NAME SEED WxH COLOUR1 COLOUR2
# grain: soft shapes with film grain, 1.3 bits a pixel; texture: edges and fine relief, 1.6 bits a pixel.
photo() {
    [ ! -s "$ASSETS/$2.jpg" ] || return 0
    local how plasma="-size $4 plasma:fractal"
    case $1 in
    grain) how="( $plasma -colorspace Gray -auto-level -blur 0x2 ) -compose softlight -composite
        ( $plasma -auto-level -modulate 100,60 ) -compose blend -define compose:args=35 -composite -attenuate 0.25";;
    texture) how="( $plasma -auto-level -modulate 100,60 ) -compose blend -define compose:args=35 -composite
        ( -size $4 xc:gray50 +noise Random -colorspace Gray -blur 0x2.2 -auto-level -shade 120x45 -auto-level )
        -compose softlight -composite
        ( $plasma -colorspace Gray -auto-level -threshold 52% -blur 0x0.7 )
        -compose blend -define compose:args=14 -composite -attenuate 0.15";;
    esac
    # One thread: the noise is otherwise drawn per thread.
    MAGICK_THREAD_LIMIT=1 convert -seed "$3" -size "$4" "gradient:$5-$6" $how +noise Gaussian -strip -quality 88 "$ASSETS/$2.jpg"
}

chromium_start() { # TAG X Y W H URL...
    local tag=$1 x=$2 y=$3 w=$4 h=$5 smooth=; shift 5
    [ "${SESSION_SMOOTH:-1}" = 1 ] || smooth=--disable-smooth-scrolling
    start "$tag" chromium --user-data-dir="$WORK/$tag-profile" --no-sandbox --test-type --no-first-run \
        --no-default-browser-check --disable-gpu --disable-background-networking --disable-component-update \
        --disable-sync --disable-default-apps --disable-extensions --disable-breakpad --disable-crash-reporter \
        --password-store=basic --lang=en-US --force-device-scale-factor=1 --allow-file-access-from-files \
        --disable-features=Translate,MediaRouter,OptimizationHints,DialMediaRouteProvider,GlobalMediaControls \
        --host-resolver-rules='MAP * ~NOTFOUND' --disable-session-crashed-bubble --hide-crash-restore-bubble \
        --disable-domain-reliability --no-pings --metrics-recording-only --mute-audio $smooth ${CHROMIUM_EXTRA:-} \
        --window-position="$x,$y" --window-size="$w,$h" "$@"
}
