#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# film.sh DISPLAY [SECONDS]: a film in Chromium, 640x360 and 25 pictures a second, and somebody who types
# beside it, on a 1920x1080 X display, 14 s by default. Prints 'phase NAME T EPOCH'; "text" before the
# rest names the rectangle of the terminal: 'text X Y WIDTH HEIGHT'. Needs no network; may run as root.
set -u
NAME=film LENGTH=14
NEED="openbox xterm chromium convert xdotool xdpyinfo setsid ps"
PACKAGES="openbox xterm chromium imagemagick xdotool x11-utils procps util-linux fonts-dejavu-core fonts-liberation"
. "$(dirname "$(readlink -f "$0")")/session-lib.sh"
session_init "$@"

photo grain film 14 1400x800 '#d9a066' '#2b3f6b'
cat > "$WORK/film.html" <<X
<!doctype html><meta charset=utf-8><title>Film</title><style>body{margin:24px;background:#f6f7f9;font:16px "Liberation Sans"}</style>
<h1>Film</h1><canvas id=c width=640 height=360></canvas><p>Somebody types beside it.</p><script>
const g = c.getContext("2d"), src = new Image(); src.src = "file://$ASSETS/film.jpg";
let last = -1;
const draw = n => { const a = n / 200; g.save(); g.translate(320, 180); g.rotate(Math.sin(a * 6) * 0.06); g.scale(1, 1);
  g.drawImage(src, -700 + 250 * Math.cos(a * 5), -400 + 150 * Math.sin(a * 4)); g.restore();
  g.fillStyle = "#ffd24a"; g.beginPath(); g.arc(320 + 240 * Math.cos(a * 20), 180 + 120 * Math.sin(a * 13), 28, 0, 7); g.fill(); };
const step = t => { const n = Math.floor(t / 40); if (n != last) draw(last = n); requestAnimationFrame(step); };
src.onload = () => requestAnimationFrame(step);
</script>
X

start openbox openbox --config-file /etc/xdg/openbox/rc.xml
start term xterm -T typing -fa "DejaVu Sans Mono" -fs 11 -bg white -fg '#222222' -geometry 90x40+1060+80 +sb -b 4 -e cat
chromium_start web 40 60 980 760 --no-default-browser-check "file://$WORK/film.html"
win term --name '^typing$'; win web --class chromium
place web 40 60 980 760; front term
eval "$(xdotool getwindowgeometry --shell "${W[term]}")"
echo "text $X $Y $WIDTH $HEIGHT"

cycle() {
    phase film 0
    type_slow 80 $'The film beside this text moves on and on, and yet\nwhat is typed here has to be seen at once and exactly,\n'
    type_slow 80 $'letter by letter, as if nothing else were on the line.\n'
    at "$LENGTH"
}
session_loop
