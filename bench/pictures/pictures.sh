#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# pictures.sh DISPLAY FOLDER STILL: real applications on a 1920x1080 X display, one picture of each into
# FOLDER/NAME.bgra (raw, 1920x1080, 4 bytes a pixel), and FOLDER/list with a line "KIND NAME" each.
# "STILL still DISPLAY FILE" writes the screen to FILE once it has come to rest. Needs no network; may run as root.
set -u
NAME=pictures LENGTH=0
NEED="openbox xterm mousepad chromium zathura soffice convert display xdotool xdpyinfo xsetroot setsid ps awk less"
PACKAGES="openbox xterm mousepad chromium zathura zathura-pdf-poppler libreoffice-calc libreoffice-impress libreoffice-gtk3 mate-backgrounds imagemagick xdotool x11-utils x11-xserver-utils procps less fonts-dejavu-core fonts-liberation fonts-noto-core"
[ $# = 3 ] || { echo "usage: pictures.sh DISPLAY FOLDER STILL" >&2; exit 64; }
OUT=$2 STILL=$3
. "$(dirname "$(readlink -f "$0")")/../sessions/session-lib.sh"
session_init "$1"
PHOTOS=/usr/share/backgrounds/mate/nature
[ -d "$PHOTOS" ] || die "no $PHOTOS; apt-get install --no-install-recommends mate-backgrounds"
mkdir -p "$OUT"
: > "$OUT/list.new"

# --- taking a picture, and clearing the table for the next ---

shot() { # KIND NAME
    xdotool mousemove 1919 1079
    "$STILL" still "$DISPLAY" "$OUT/$2.bgra" || die "no picture of $2"
    echo "$1 $2" >> "$OUT/list.new"
}

finish() { # TAG...
    local tag p sig
    for sig in TERM KILL; do
        for tag in "$@"; do for p in $(ps -o pid= -s "${PID[$tag]}" 2>/dev/null); do kill -$sig "$p" 2>/dev/null; done; done
        [ $sig = KILL ] || nap 0.5
    done
    for tag in "$@"; do wait "${PID[$tag]}" 2>/dev/null; unset "PID[$tag]" "W[$tag]"; done
}

full() { # TAG: over the whole screen, without the manager's frame
    xdotool windowsize --sync "${W[$1]}" 1920 1080 windowmove "${W[$1]}" 0 0; nap 0.3
}
maximize() { xdotool windowactivate --sync "${W[$1]}" key super+m; nap 0.5; } # bound below

# --- what the applications show ---

WORDS="the of to in and for with its on as at by from report quarter river market office table paper light north garden station
 signal weather harbour field window engine method budget review sample figure section change early modern quiet local
 steady simple common second gives keeps shows moves opens follows returns holds"

prose() { # SEED SENTENCES
    awk -v words="$WORDS" -v s="$1" -v n="$2" 'function r(m){s=(s*16807)%2147483647;return s%m}
    BEGIN{c=split(words,W," "); while(n--){ k=7+r(12); t=W[1+r(c)]; t=toupper(substr(t,1,1)) substr(t,2)
      for(i=1;i<k;i++) t=t (r(9)==0&&i<k-1?",":"") " " W[1+r(c)]; printf "%s. ", t } print ""}'
}

html() { printf '<!doctype html><meta charset=utf-8><title>%s</title><style>%s</style><body>' "$1" "$2"; }

article() {
    html "Walks in the north" 'body{margin:0;font:18px/1.55 "Liberation Serif",serif;color:#222}header{background:#123b4a;color:#fff;font:600 20px "Liberation Sans";padding:14px 40px}article{max-width:1180px;margin:0 auto;padding:12px}h1,h2{font-family:"Liberation Sans"}img.wide{width:100%;height:420px;object-fit:cover}.row{display:flex;gap:16px}.row img{width:382px;height:250px;object-fit:cover}.row div{width:382px;font-size:15px}'
    echo "<header>Walks &nbsp; Maps &nbsp; Stories &nbsp; About</header><article><h1>Three days along the water</h1><img class=wide src='file://$PHOTOS/Garden.jpg'><p>$(prose 5 5)</p><div class=row>"
    local f n=0
    for f in LadyBird FreshFlower GreenMeadow; do n=$((n + 1)); echo "<div><img src='file://$PHOTOS/$f.jpg'><p>$(prose 2$n 2)</p></div>"; done
    echo "</div><h2>On the way</h2><p>$(prose 6 9)</p></article>"
}

chat() {
    html "Team chat" 'body{margin:0;display:flex;height:100vh;font:15px/1.45 "Noto Sans","DejaVu Sans",sans-serif;color:#1d1c1d}nav{width:260px;background:#3f0e40;color:#cfc3cf;padding:18px}nav b{color:#fff;font-size:18px}nav p{margin:6px 0}main{flex:1;display:flex;flex-direction:column}h1{font-size:18px;border-bottom:1px solid #ddd;margin:0;padding:14px 22px}.m{display:flex;gap:12px;padding:7px 22px}.a{width:38px;height:38px;border-radius:7px;color:#fff;font:700 17px/38px "Noto Sans";text-align:center}.t{color:#616061;font-size:12px;margin-left:8px}pre{background:#f6f6f6;border:1px solid #ddd;border-radius:4px;padding:8px;font:13px/1.4 "DejaVu Sans Mono";margin:5px 0}.r{display:inline-block;border:1px solid #c7d7ea;background:#eef5fc;border-radius:12px;padding:0 8px;font-size:12px;color:#1264a3}.in{margin:auto 22px 18px;border:1px solid #868686;border-radius:8px;padding:12px;color:#868686}'
    echo "<nav><b>North office</b>$(for c in general builds design review random harbour travel support; do echo "<p># $c</p>"; done)<p>&nbsp;</p>$(for c in Ada Ben Chris Dana Eli Finn Grace; do echo "<p>&#9679; $c</p>"; done)</nav><main><h1># review</h1>"
    local i names=(Ada Ben Chris Dana Eli Finn) colours=('#1264a3' '#2bac76' '#e01e5a' '#ecb22e' '#7c3aed' '#0f766e')
    for i in 1 2 3 4 5 6 7 8 9 10; do
        echo "<div class=m><div class=a style='background:${colours[$((i * 5 % 6))]}'>${names[$((i * 5 % 6))]:0:1}</div><div><b>${names[$((i * 5 % 6))]}</b><span class=t>10:$((20 + i))</span><br>$(prose 3$i $((1 + i % 3)))"
        [ $((i % 4)) = 2 ] && echo "<pre>if ((r = stream_open(&amp;out, path)) != 0)
	return r; /* the caller says why */</pre>"
        [ $((i % 3)) = 1 ] && echo "<br><span class=r>+1 &nbsp;$i</span>"
        echo "</div></div>"
    done
    echo "<div class=in>Message # review</div></main>"
}

paper() {
    html "On steady streams" '@page{size:A4;margin:20mm}body{font:10.5pt/1.35 "Liberation Serif",serif;column-count:2;column-gap:8mm;text-align:justify}h1{column-span:all;font-size:18pt;text-align:center}table{border-collapse:collapse;width:100%;font-size:9pt}td,th{border-bottom:1px solid #888;padding:2px 5px;text-align:right}'
    echo "<h1>On steady streams and quiet fields</h1>"
    local s r
    for s in 1 2 3 4 5 6 7; do
        echo "<h2>$s. $(prose 4$s 1 | cut -c1-32)</h2><p>$(prose 5$s 7)</p><p>$(prose 6$s 6)</p>"
        [ $((s % 2)) = 0 ] || { echo "<table>"; for r in 1 2 3 4 5 6; do echo "<tr><th>S$s$r<td>$((s * 7919 * r % 9973)).$((r * 37 % 100))<td>$((s * 104729 * r % 991)).$((s * 31 % 100))<td>0.$((1000 + s * r * 131 % 9000))</tr>"; done; echo "</table>"; }
    done
}

office_head='<?xml version="1.0" encoding="UTF-8"?><office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" xmlns:presentation="urn:oasis:names:tc:opendocument:xmlns:presentation:1.0" office:version="1.2"'

sheet() {
    echo "$office_head office:mimetype=\"application/vnd.oasis.opendocument.spreadsheet\"><office:automatic-styles><style:style style:name='neg' style:family='table-cell'><style:table-cell-properties fo:background-color='#fdecea'/><style:text-properties fo:color='#b00020'/></style:style><style:style style:name='head' style:family='table-cell'><style:table-cell-properties fo:background-color='#dde6f0'/><style:text-properties fo:font-weight='bold'/></style:style></office:automatic-styles><office:body><office:spreadsheet><table:table table:name='Budget'>"
    awk -v words="$WORDS" 'function r(m){s=(s*16807)%2147483647;return s%m}
    function text(t,y){printf "<table:table-cell %s office:value-type=\"string\"><text:p>%s</text:p></table:table-cell>",y,t}
    BEGIN{s=99;c=split(words,W," "); print "<table:table-row>"; for(i=0;i<18;i++) text(i<2?"Account":W[1+r(c)],"table:style-name=\"head\""); print "</table:table-row>"
      for(k=0;k<200;k++){ print "<table:table-row>"; text(W[1+r(c)] " " W[1+r(c)],""); text(sprintf("%04d-%02d-%02d",2020+r(6),1+r(12),1+r(28)),"")
        for(i=2;i<18;i++){ v=(r(2000000)-500000)/100; printf "<table:table-cell %s office:value-type=\"float\" office:value=\"%.2f\"/>",(v<0?"table:style-name=\"neg\"":""),v } print "</table:table-row>" } }'
    echo "</table:table></office:spreadsheet></office:body></office:document>"
}

box() { # X Y W H STYLE TEXT (cm)
    echo "<draw:frame draw:style-name='none' svg:x='$1cm' svg:y='$2cm' svg:width='$3cm' svg:height='$4cm'><draw:text-box><text:p text:style-name='$5'>$6</text:p></draw:text-box></draw:frame>"
}

slide() {
    echo "$office_head office:mimetype=\"application/vnd.oasis.opendocument.presentation\"><office:styles><draw:gradient draw:name='sky' draw:style='linear' draw:start-color='#ffffff' draw:end-color='#cfe0ef' draw:angle='0'/></office:styles><office:automatic-styles><style:page-layout style:name='wide'><style:page-layout-properties fo:page-width='33.867cm' fo:page-height='19.05cm'/></style:page-layout><style:style style:name='page' style:family='drawing-page'><style:drawing-page-properties draw:fill='gradient' draw:fill-gradient-name='sky'/></style:style><style:style style:name='none' style:family='graphic'><style:graphic-properties draw:fill='none' draw:stroke='none'/></style:style>"
    local i h c
    for c in '#1d4e89' '#00b2ca' '#7dcfb6' '#f79256'; do echo "<style:style style:name='c${c#\#}' style:family='graphic'><style:graphic-properties draw:fill='solid' draw:fill-color='$c' draw:stroke='none'/></style:style>"; done
    echo "<style:style style:name='title' style:family='paragraph'><style:text-properties fo:font-size='40pt' fo:font-family='Liberation Sans' fo:color='#1d4e89'/></style:style><style:style style:name='item' style:family='paragraph'><style:text-properties fo:font-size='24pt' fo:font-family='Liberation Sans'/></style:style><style:style style:name='note' style:family='paragraph'><style:text-properties fo:font-size='14pt' fo:font-family='Liberation Sans' fo:color='#666666'/></style:style></office:automatic-styles><office:master-styles><style:master-page style:name='m' style:page-layout-name='wide' draw:style-name='page'/></office:master-styles><office:body><office:presentation><draw:page draw:name='p' draw:style-name='page' draw:master-page-name='m'>"
    box 1.5 1 30 2.5 title "What the second quarter shows"
    for i in 1 2 3 4 5 6; do box 1.5 $((2 + i * 2)) 16 2 item "&#8226; $(prose 8$i 1 | cut -d' ' -f1-6)"; done
    for i in 0 1 2 3 4 5 6 7 8 9 10 11; do
        h=$((2 + i * 7 % 9)); set -- 1d4e89 00b2ca 7dcfb6 f79256; shift $((i % 4))
        echo "<draw:rect draw:style-name='c$1' svg:x='$((19 + i)).2cm' svg:y='$((15 - h))cm' svg:width='0.8cm' svg:height='${h}cm'/>"
        box $((19 + i)) 15 1.6 1 note "Q$((1 + i % 4))"
    done
    box 1.5 17.4 30 1 note "Weekly review, north office. $(prose 91 1)"
    echo "</draw:page></office:presentation></office:body></office:document>"
}

terminal() { # TAG GEOMETRY FONT-SIZE COMMAND [MORE OPTIONS]: rgba is in ~/.Xdefaults
    local tag=$1 at=$2 size=$3 cmd=$4; shift 4
    start "$tag" xterm -T "$tag" -fa "DejaVu Sans Mono" -fs "$size" -geometry "$at" +sb -b 4 "$@" -e bash --noprofile --norc -c "$cmd; read -r"
    win "$tag" --name "^$tag\$"
}

# --- the pictures ---

settings() { # COLOUR-SCHEME: of the text editor
    mkdir -p "$XDG_CONFIG_HOME/glib-2.0/settings"
    printf '%s\n' '[org/xfce/mousepad/preferences/view]' "color-scheme='$1'" 'show-line-numbers=true' \
        'use-default-monospace-font=false' "font-name='DejaVu Sans Mono 11'" > "$XDG_CONFIG_HOME/glib-2.0/settings/keyfile"
}
printf 'Xft.antialias: 1\nXft.rgba: rgb\nXft.lcdfilter: lcddefault\nXft.hinting: 1\nXft.hintstyle: hintslight\n' > "$HOME/.Xdefaults"
sed 's|<keyboard>|<keyboard><keybind key="W-m"><action name="UnmaximizeFull"/><action name="Undecorate"/><action name="MaximizeFull"/></keybind>|' \
    /etc/xdg/openbox/rc.xml > "$WORK/rc.xml"
start openbox openbox --config-file "$WORK/rc.xml"
xsetroot -solid '#35495e'

python=$(ls /usr/lib/python3*/argparse.py 2>/dev/null | head -n 1)
settings classic
start light env GSETTINGS_BACKEND=keyfile mousepad --disable-server /usr/include/openssl/ssl.h
win light --name 'ssl\.h'; maximize light; rep 150 4 Next
shot text editor-light; finish light

settings oblivion
start dark env GSETTINGS_BACKEND=keyfile GTK_THEME=Adwaita:dark mousepad --disable-server "$python"
win dark --name 'argparse\.py'; maximize dark; rep 150 12 Next
shot text editor-dark; finish dark

terminal t1 118x66+0+0 10 "ls -l --color=always /usr/include | head -n 64" -bg black -fg '#d8d8d8'
terminal t2 118x30+970+0 11 "less -N /usr/include/openssl/evp.h" -bg '#fdf6e3' -fg '#3b4a50'
terminal t3 118x30+970+560 10 "grep -rn --color=always struct /usr/include/linux | head -n 30" -bg '#002b36' -fg '#93a1a1'
shot text terminals; finish t1 t2 t3

sheet > "$WORK/budget.fods"
start calc soffice --norestore --nologo --nofirststartwizard --calc "$WORK/budget.fods"
win calc --name 'budget\.fods'; maximize calc; nap 3; keys 0 Escape
shot text spreadsheet; finish calc

slide > "$WORK/review.fodp"
start slides soffice --norestore --nologo --nofirststartwizard --show "$WORK/review.fodp"
win slides --class soffice; nap 5
shot text slides; finish slides

paper > "$WORK/paper.html"
chromium_start maker 0 0 800 600 --headless --no-pdf-header-footer --print-to-pdf="$WORK/paper.pdf" "file://$WORK/paper.html"
wait "${PID[maker]}"; unset 'PID[maker]'; [ -s "$WORK/paper.pdf" ] || die "no PDF"
printf 'set pages-per-row 2\nset first-page-column 1\nset adjust-open width\nset default-bg "#606060"\n' > "$WORK/zathurarc"
start pdf zathura --config-dir="$WORK" "$WORK/paper.pdf"
win pdf --name 'paper\.pdf'; maximize pdf
shot text pdf; finish pdf

start chooser env GSETTINGS_BACKEND=memory mousepad --disable-server /etc/services
win chooser --name 'services'; place chooser 0 30 1260 1040
xdotool windowactivate --sync "${W[chooser]}"; keys 0 ctrl+o; nap 1
xdotool type --delay 20 -- /usr/include/linux/; keys 0 BackSpace; nap 0.5
start settings env GSETTINGS_BACKEND=memory mousepad --disable-server --preferences
win settings --name 'Preferences'; xdotool windowmove "${W[settings]}" 1290 120; nap 0.5
shot text files; finish chooser settings

chat > "$WORK/chat.html"
chromium_start chat 0 0 1920 1080 "file://$WORK/chat.html"
win chat --class chromium; maximize chat; nap 1
shot text chat; finish chat

article > "$WORK/article.html"
chromium_start web 0 0 1920 1080 "file://$WORK/article.html"
win web --class chromium; maximize web; nap 1
shot photo web-photos; finish web

# Photographs at 1:1: cut out, never scaled. The second one gets what a sensor adds, and the camera's own JPEG.
convert "$PHOTOS/RainDrops.jpg" -gravity center -crop 1920x1080+0+0 +repage "$WORK/photo.png"
MAGICK_THREAD_LIMIT=1 convert -seed 7 "$PHOTOS/TwoWings.jpg" -gravity center -crop 1920x1080+0+0 +repage -attenuate 0.4 +noise Gaussian -quality 92 "$WORK/noise.jpg"
start viewer display -window root "$WORK/photo.png"; wait "${PID[viewer]}"; unset 'PID[viewer]'
shot photo photo
start viewer display -window root "$WORK/noise.jpg"; wait "${PID[viewer]}"; unset 'PID[viewer]'
shot photo photo-noise

convert -size 1920x1080 gradient:'#4a6d8c'-'#a9bccb' "$WORK/wall.png"
start viewer display -window root "$WORK/wall.png"; wait "${PID[viewer]}"; unset 'PID[viewer]'
start editor env GSETTINGS_BACKEND=memory mousepad --disable-server /usr/include/openssl/x509.h
win editor --name 'x509\.h'; place editor 60 70 900 820
terminal t1 100x36+700+300 11 "ls -l --color=always /etc | head -n 34" -bg white -fg '#222222'
shot text desktop; finish editor t1

mv "$OUT/list.new" "$OUT/list"
exit 0
