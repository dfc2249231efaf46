#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# office.sh DISPLAY [SECONDS]: a fixed, scripted office session on a 1920x1080 X display, 66 s by default.
# Light theme, openbox, xterm, mousepad, Chromium, zathura. Prints 'phase NAME T EPOCH' at each phase's start.
# Fewer SECONDS stop it early, more repeat it from the first phase. Needs no network; may run as root.
# Packages (Debian 12): openbox xterm mousepad chromium zathura zathura-pdf-poppler imagemagick xdotool
#   x11-utils procps util-linux fonts-dejavu-core fonts-liberation
set -u
NAME=office LENGTH=66
NEED="openbox xterm mousepad chromium zathura convert display xdotool xdpyinfo setsid ps awk less"
PACKAGES="openbox xterm mousepad chromium zathura zathura-pdf-poppler imagemagick xdotool x11-utils procps util-linux less fonts-dejavu-core fonts-liberation"
. "$(dirname "$(readlink -f "$0")")/session-lib.sh"
session_init "$@"

# --- what the applications show, all made here from fixed seeds ---

source_code() { # pseudo C with the colours of a highlighter
    awk -v n="$1" 'function r(m){s=(s*16807)%2147483647;return s%m}
    function w(){return W[1+r(NW)]}
    BEGIN{s=20240; NW=split("frame tile cache window buffer region damage scale queue stream packet cursor width height stride offset index limit count state",W," ")
    K="\033[1;34m";C="\033[32m";S="\033[31m";N="\033[35m";Z="\033[0m"; i=0
    while(i<n){
      printf "%s/* %s %s: keeps the %s of each %s within its %s. */%s\n",C,w(),w(),w(),w(),w(),Z
      f=w() "_" w(); printf "%sstatic int%s\n%s(%sstruct%s %s *%s, %sint%s %s)\n{\n",K,Z,f,K,Z,w(),w(),K,Z,w(); i+=4
      m=6+r(14); for(j=0;j<m;j++){ q=r(6); i++
        if(q==0) printf "    %sif%s (%s->%s > %s%d%s)\n        %sreturn%s -%s%d%s;\n",K,Z,w(),w(),N,r(4096),Z,K,Z,N,1+r(9),Z
        else if(q==1) printf "    %sfor%s (%s = %s0%s; %s < %s->%s; %s++)\n        %s[%s] = %s(%s, %s) & %s0x%x%s;\n",K,Z,w(),N,Z,w(),w(),w(),w(),w(),w(),w(),w(),w(),N,r(65536),Z
        else if(q==2) printf "    trace(%s\"%s %s: %%d of %%u in %s\\n\"%s, %s, %s->%s);\n",S,w(),w(),w(),Z,w(),w(),w()
        else if(q==3) printf "    %s->%s = %s_%s(%s, %s%d%s, %s);%s  // %s %s%s\n",w(),w(),w(),w(),w(),N,r(1000),Z,w(),C,w(),w(),Z
        else printf "    %s = %s->%s + %s * %s%d%s;\n",w(),w(),w(),w(),N,r(64),Z }
      printf "    %sreturn%s %s;\n}\n\n",K,Z,w(); i+=3 } }'
}

build_log() {
    awk -v n="$1" 'function r(m){s=(s*16807)%2147483647;return s%m}
    BEGIN{s=77; NW=split("frame tile cache window buffer region damage scale queue stream",W," ")
    for(i=1;i<=n;i++){ a=W[1+r(NW)];b=W[1+r(NW)]; q=r(12)
      if(q==0) printf "\033[1;33msrc/%s.c:%d:%d: warning:\033[0m unused variable \047%s\047 [-Wunused-variable]\n",a,r(900),r(80),b
      else printf "[%3d%%] \033[32mBuilding C object\033[0m src/CMakeFiles/%s.dir/%s_%s.c.o  (%d.%02d s, %d bytes)\n",i*100/n,a,a,b,r(3),r(100),2000+r(90000) } }'
}

mkdir -p "$WORK/src/src" "$XDG_CONFIG_HOME/openbox"
source_code 900 > "$WORK/src/session.c"
for f in cache queue region stream; do source_code 60 | sed "s/trace(/${f}_trace(/" > "$WORK/src/src/$f.c"; done
build_log 400 > "$WORK/src/build.log"
cat > "$WORK/src/build" <<'X'
while IFS= read -r line; do printf '%s\n' "$line"; read -r -t 0.02 -u 9; done 9<> <(:) < build.log
X
cat > "$WORK/bashrc" <<'X'
PS1='\[\033[1;32m\]dev@desk\[\033[0m\]:\[\033[1;34m\]~/src\[\033[0m\]$ '
alias ls='ls --color=always' grep='grep --color=always'
HISTFILE=
X
touch -d '2024-01-15 09:30' "$WORK"/src/*.c "$WORK"/src/src/*.c "$WORK"/src/build*

photo grain hero 11 1120x520 '#8fb7e0' '#3b5d2f'
photo grain harbour 12 640x420 '#f2c58a' '#35547a'
photo grain field 13 640x420 '#b6d0ea' '#8a9440'
photo grain film 14 1400x800 '#d9a066' '#2b3f6b'
[ -s "$ASSETS/wall.png" ] || convert -size 1920x1080 gradient:'#4a6d8c'-'#a9bccb' "$ASSETS/wall.png"

page() { # TITLE STYLE SCRIPT-FILE BODY
    printf '<!doctype html><meta charset=utf-8><title>%s</title><style>%s</style><body>%s<script>%s</script>' \
        "$1" "$2" "$4" "$(cat "$3")"
}

cat > "$WORK/words.js" <<'X'
let seed = 4242;
const rnd = m => (seed = seed * 16807 % 2147483647) % m;
const words = ("the a of to in and for with its on as at by from report quarter river market office table paper light " +
  "north garden station signal weather harbour field window engine method budget review sample figure section change " +
  "small early modern quiet local steady simple common second open gives keeps shows moves opens follows returns holds").split(" ");
const sentence = () => { let n = 7 + rnd(12), s = []; while (n--) s.push(words[rnd(words.length)]);
  s = s.join(" "); return s[0].toUpperCase() + s.slice(1) + ". "; };
const para = n => { let p = ""; while (n--) p += sentence(); return p; };
const add = (tag, text, parent) => { const e = document.createElement(tag); if (text) e.textContent = text;
  (parent || document.body).append(e); return e; };
X
{ cat "$WORK/words.js"; cat <<X
const art = add("article");
add("h1", "Notes on a working harbour", art);
const img = (n, c) => { const i = add("img", "", art); i.src = "file://$ASSETS/" + n + ".jpg"; i.className = c; };
img("hero", "wide");
for (let s = 0; s < 9; s++) { add("h2", sentence().slice(0, 40), art);
  for (let p = 0; p < 3; p++) { if (p == 1 && s % 3 != 2) img(s % 2 ? "harbour" : "field", s % 2 ? "right" : "left"); add("p", para(5 + rnd(4)), art); }
  if (s % 3 == 2) add("blockquote", para(2), art); }
X
} > "$WORK/article.js"
page "Harbour notes" 'body{margin:0;font:18px/1.55 "Liberation Serif",serif;color:#222;background:#fff}article{max-width:860px;margin:0 auto;padding:20px}h1,h2{font-family:"Liberation Sans"}img.wide{width:100%}img.left{float:left;width:320px;margin:4px 18px 8px 0}img.right{float:right;width:320px;margin:4px 0 8px 18px}h2{clear:both}blockquote{border-left:4px solid #c33;padding-left:16px;color:#555}' \
    "$WORK/article.js" "" > "$WORK/article.html"

{ cat "$WORK/words.js"; cat <<'X'
const t = add("table"), cells = [], cols = 22, rows = 120;
const h = add("tr", "", t); add("th", "", h);
for (let c = 0; c < cols; c++) add("th", String.fromCharCode(65 + c), h);
for (let r = 0; r < rows; r++) { const tr = add("tr", "", t); add("th", r + 1 + "", tr); cells.push([]);
  for (let c = 0; c < cols; c++) { const d = add("td", c % 6 ? (rnd(900000) / 100).toFixed(2) : words[rnd(words.length)] + " " + words[rnd(words.length)], tr);
    if (c % 6 == 3 && rnd(5) == 0) d.className = "neg"; cells[r].push(d); } }
let r = 2, c = 1, fresh = true;
const mark = () => { document.querySelectorAll(".cur").forEach(e => e.classList.remove("cur")); cells[r][c].classList.add("cur");
  cells[r][c].scrollIntoView({block: "nearest", inline: "nearest"}); fresh = true; };
addEventListener("keydown", e => { const k = e.key;
  if (e.ctrlKey || e.altKey) return;
  if (k == "ArrowDown" || k == "Enter") r = Math.min(rows - 1, r + 1); else if (k == "ArrowUp") r = Math.max(0, r - 1);
  else if (k == "ArrowRight" || k == "Tab") c = Math.min(cols - 1, c + 1); else if (k == "ArrowLeft") c = Math.max(0, c - 1);
  else if (k.length == 1) { const d = cells[r][c]; d.textContent = (fresh ? "" : d.textContent) + k; fresh = false; e.preventDefault(); return; }
  else return;
  e.preventDefault(); mark(); });
mark();
X
} > "$WORK/table.js"
page "Budget table" 'body{margin:0;font:14px "Liberation Sans",sans-serif}table{border-collapse:collapse}td,th{border:1px solid #d0d4d9;padding:3px 8px;min-width:70px;text-align:right;white-space:nowrap}th{background:#eef1f4;font-weight:normal;color:#555;position:sticky;top:0}tr:nth-child(even) td{background:#fafcfe}td:nth-child(6n+2){text-align:left}.neg{color:#b00020;background:#fdecea!important}.cur{outline:2px solid #1a73e8;outline-offset:-2px;background:#e8f0fe!important}' \
    "$WORK/table.js" "" > "$WORK/table.html"

# The small film: a slow pan and turn over a picture with a moving shape, 25 pictures a second from 'p' on, for 8 s.
{ cat "$WORK/words.js"; cat <<X
add("h1", "Weekly review");
const film = add("canvas"); film.width = 480; film.height = 270; const g = film.getContext("2d");
const src = new Image(); src.src = "file://$ASSETS/film.jpg"; let from = 0, last = -1;
const draw = n => { const a = n / 200; g.save(); g.translate(240, 135); g.rotate(Math.sin(a * 6) * 0.06); g.scale(0.75 + 0.25 * a, 0.75 + 0.25 * a);
  g.drawImage(src, -700 + 300 * Math.cos(a * 5), -400 + 150 * Math.sin(a * 4)); g.restore();
  g.fillStyle = "#ffd24a"; g.beginPath(); g.arc(240 + 180 * Math.cos(a * 20), 135 + 90 * Math.sin(a * 13), 22, 0, 7); g.fill();
  g.fillStyle = "rgba(0,0,0,.55)"; g.fillRect(0, 240, 480, 30); g.fillStyle = "#fff"; g.font = "16px Liberation Sans"; g.fillText("frame " + n + " of 200", 12, 261); };
src.onload = () => draw(0);
const step = t => { if (!from) from = t; const n = Math.min(200, Math.floor((t - from) / 40)); if (n != last) draw(last = n); if (n < 200) requestAnimationFrame(step); };
addEventListener("keydown", e => { if (e.key == "p") { from = 0; last = -1; requestAnimationFrame(step); } });
for (let i = 0; i < 8; i++) add("p", para(4));
X
} > "$WORK/film.js"
page "Weekly review" 'body{margin:24px 40px;font:17px/1.5 "Liberation Sans",sans-serif;background:#f6f7f9}canvas{float:right;margin:0 0 12px 24px;border:1px solid #999}' \
    "$WORK/film.js" "" > "$WORK/film.html"

if [ ! -s "$ASSETS/report.pdf" ]; then
    { cat "$WORK/words.js"; cat <<X
for (let s = 0; s < 12; s++) { add("h1", "Section " + (s + 1)); add("p", para(14)); add("p", para(10));
  if (s % 2) { const i = add("img"); i.src = "file://$ASSETS/" + (s % 4 == 1 ? "harbour" : "field") + ".jpg"; i.style.width = "60%"; }
  const t = add("table"); for (let r = 0; r < 9; r++) { const tr = add("tr", "", t); for (let c = 0; c < 6; c++) add(r ? "td" : "th", r ? rnd(100000) / 10 + "" : words[rnd(words.length)], tr); }
  add("p", para(12)); }
X
    } > "$WORK/report.js"
    page "Report" 'body{font:12pt/1.4 "Liberation Serif",serif}table{border-collapse:collapse;width:100%}td,th{border:1px solid #888;padding:3px 8px}th{background:#dde6f0}' \
        "$WORK/report.js" "" > "$WORK/report.html"
    chromium_start pdfmaker 0 0 800 600 --headless --no-pdf-header-footer --print-to-pdf="$ASSETS/report.pdf" "file://$WORK/report.html"
    wait "${PID[pdfmaker]}"; [ -s "$ASSETS/report.pdf" ] || { cat "$WORK/log/pdfmaker" >&2; die "no PDF"; }
fi

cat > "$XDG_CONFIG_HOME/openbox/menu.xml" <<'X'
<?xml version="1.0"?><openbox_menu xmlns="http://openbox.org/3.4/menu">
<menu id="office" label="Office"><item label="Text editor"/><item label="Spreadsheet"/><item label="Presentation"/><item label="Document viewer"/><item label="Calculator"/></menu>
<menu id="net" label="Internet"><item label="Web browser"/><item label="Mail"/><item label="Chat"/><item label="File transfer"/></menu>
<menu id="tools" label="Tools"><item label="Terminal"/><item label="File manager"/><item label="System monitor"/><item label="Screenshot"/><item label="Archive manager"/><item label="Disk usage"/></menu>
<menu id="root-menu" label="Applications"><separator label="Applications"/><menu id="office"/><menu id="net"/><menu id="tools"/><separator/><item label="Settings"/><item label="Lock screen"/><item label="Log out"/></menu>
</openbox_menu>
X
printf 'set adjust-open width\nset selection-clipboard clipboard\nset scroll-step 60\nset default-bg "#dcdcdc"\n' > "$WORK/zathurarc"

# --- the applications, all open before time zero ---

start openbox openbox --config-file /etc/xdg/openbox/rc.xml
start wall display -window root "$ASSETS/wall.png"
wait "${PID[wall]}"
start term xterm -T "dev@desk" -fa "DejaVu Sans Mono" -fs 11 -bg white -fg '#222222' -geometry 120x40+40+40 +sb -b 4 \
    -e env -C "$WORK/src" bash --noprofile --rcfile "$WORK/bashrc"
start editor mousepad --disable-server
start pdf zathura --config-dir="$WORK" "$ASSETS/report.pdf"
chromium_start web 340 30 1500 1000 "file://$WORK/article.html" "file://$WORK/table.html" "file://$WORK/film.html"
win term --name '^dev@desk$'; win editor --name 'Mousepad'; win pdf --name 'report\.pdf'; win web --class chromium
xdotool windowactivate --sync "${W[web]}" 2>/dev/null
place term 60 50 1180 860; place editor 900 200 900 720; place pdf 560 40 900 1000; place web 340 30 1500 1000
nap 1.5
# Each tab once, so that none is first painted inside a phase.
for k in ctrl+2 ctrl+3 ctrl+1; do keys 0 $k; nap 0.7; done
front term; xdotool mousemove 400 300

# --- the session ---

cycle() {
    phase scroll-terminal 0
    front term
    type_slow 25 $'less -R session.c\n'
    at 1.2;  rep 50 40 j                              # a line at a time, 20 a second
    at 3.6;  rep 250 7 space                          # a page at a time
    at 5.5;  keys 0 q; type_slow 15 $'bash build\n'   # a log at some 45 lines a second

    phase type-terminal 7.5
    keys 0 ctrl+c; type_slow 55 $'clear; ls -l --time-style=long-iso src\n'
    at 10;   type_slow 55 $'grep -n "stream" src/*.c | head -n 14\n'

    phase idle-read 13

    phase type-editor 15
    front editor; xdotool mousemove 1350 500
    type_slow 45 $'Minutes of the weekly review\n\nThe table for the second quarter is complete. Two figures are still open:\n'
    at 20;   type_slow 45 $'  - the cost of the north station\n'
    at 22;   check editor '^\*'; keys 60 Up shift+Up shift+Up shift+Up ctrl+c Down Down Down Down ctrl+v

    phase scroll-article 23.5
    front web; keys 0 ctrl+1; xdotool mousemove 1000 560
    at 24.2; check web '^Harbour'; wheel 5 12 110                           # reading, notch by notch
    at 26;   wheel 5 10 60
    at 27.3; rep 650 4 Next
    at 30.2; wheel 4 8 80
    at 31.4; keys 0 Home

    phase table 32.5
    keys 0 ctrl+2
    at 33.2; check web '^Budget'; rep 80 8 Down; rep 80 4 Right; type_slow 60 '1834.50'; keys 60 Return
    type_slow 60 '911.25'; keys 60 Return
    at 35.6; wheel 5 10 90
    at 36.8; rep 70 14 Right

    phase pdf 38.5
    front pdf; xdotool mousemove 1000 500
    at 39.2; rep 90 14 j
    at 41;   rep 600 3 J
    at 42.8; keys 400 plus plus equal

    phase windows 44.5
    front editor; nap 0.3
    xdotool mousemove 1350 600 keydown alt mousedown 1; glide 1350 600 820 480 40 0.03 mouseup 1 keyup alt
    at 47;   xdotool mousemove 1050 700 keydown alt mousedown 3; glide 1050 700 1350 860 30 0.03 mouseup 3 keyup alt
    at 48.4; front term; nap 0.35; front web; nap 0.35; front editor

    phase menu 50
    keys 200 F10 Down Down Down Right Down Down Escape Escape
    xdotool mousemove 24 500 click 3; nap 0.3          # the desktop's own menu and its submenus
    glide 24 500 60 524 8 0.03; nap 0.3; glide 60 524 60 560 10 0.03; nap 0.3; keys 0 Escape Escape

    phase animation 54
    front web; keys 0 ctrl+3; nap 0.5; check web '^Weekly'; keys 0 p       # some 8.2 s in all; 480x270

    phase pointer 62.8
    glide 200 900 1700 200 35 0.02; glide 1700 200 600 800 35 0.02

    phase idle-end 64.4
    at 66
}
session_loop
