# Probes for the prerequisites of this repository. Sourced by setup.sh, which installs what is missing, and by doctor.sh,
# which shows it. `need_<name>` prints one line, what was found or why it is not sufficient, and returns 0 or 1.
# `packages_for <name>` prints the Debian packages that provide it.
#
# Each probe does the same as the build: it compiles, links, loads, binds. A test for a file's name is not enough: Debian's
# libclang-cpp14 has a file that looks like libclang.
#
# Deliberately absent: installing anything. Bash alone is enough to source this; probes that use Python report if it is
# missing.

needs_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

packages_for() {
    case $1 in
    compiler) echo gcc libc6-dev ;;
    python) echo python3-venv ;;
    pkg_config) echo pkg-config ;;
    ffmpeg_libraries) echo libavcodec-dev libavfilter-dev libavformat-dev libavutil-dev libswresample-dev libswscale-dev ;;
    libclang) echo libclang-dev ;;
    ffmpeg_programs) echo ffmpeg ;;
    chromium) echo chromium fonts-liberation ;;
    *) return 1 ;;
    esac
}

# at_least HAVE WANT: true if a version is not older than another.
at_least() { [ "$(printf '%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]; }

# first_line TEXT: the first line, because an error message of a program may have many.
first_line() { sed -n '/[^[:space:]]/{p;q;}' <<<"$1"; }

# The oldest supported Rust is written once, in Cargo.toml.
need_rust() {
    local wanted said have
    wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$needs_folder/../../Cargo.toml")
    command -v cargo >/dev/null || { echo "cargo is missing; Rust $wanted or newer is needed"; return 1; }
    # rustup's cargo exists even without a toolchain; only the compiler's answer counts.
    said=$(rustc --version 2>&1) && said=$said$'\n'$(cargo --version 2>&1) || { first_line "Rust does not run: $said"; return 1; }
    have=$(awk '/^cargo /{print $2}' <<<"$said")
    at_least "${have:-0}" "$wanted" || { echo "Rust ${have:-of no known version}; $wanted or newer is needed"; return 1; }
    echo "Rust $have"
}

need_compiler() {
    local work said
    command -v "${CC:-cc}" >/dev/null || { echo "the C compiler ${CC:-cc} is missing"; return 1; }
    work=$(mktemp -d)
    printf '#include <math.h>\n#include <stdio.h>\nint main(int n, char **a) { (void)a; printf("%%.0f", floor(n + 0.5)); return 0; }\n' >"$work/probe.c"
    if said=$("${CC:-cc}" -o "$work/probe" "$work/probe.c" -lm 2>&1) && said=$("$work/probe" 2>&1) && [ "$said" = 1 ]; then
        rm -rf "$work"
        echo "a C compiler, ${CC:-cc}"
    else
        rm -rf "$work"
        first_line "the C compiler ${CC:-cc} cannot create programs: $said"
        return 1
    fi
}

need_python() {
    local said
    command -v python3 >/dev/null || { echo "python3 is missing; Python 3.11 or newer is needed"; return 1; }
    said=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>&1) || { first_line "python3 does not run: $said"; return 1; }
    at_least "$said" 3.11 || { echo "Python $said; 3.11 or newer is needed"; return 1; }
    # The modules that `python3 -m venv` uses; Debian has them in a separate package. A build of Python without the right
    # headers lacks one of them.
    python3 -c 'import ssl, sqlite3, venv, zlib' >/dev/null 2>&1 && python3 -m ensurepip --version >/dev/null 2>&1 ||
        { echo "Python $said cannot create virtual environments: venv, ensurepip, ssl, sqlite3 or zlib is missing"; return 1; }
    echo "Python $said with venv"
}

# The site is built with its own Node.js if this one is too old, and npm downloads that one. So the machine only needs an npm
# that runs. npm reports the versions of Node.js that it does not support, sometimes without failing.
need_node() {
    local node npm
    command -v node >/dev/null || { echo "node is missing"; return 1; }
    node=$(node --version 2>&1) || { first_line "node does not run: $node"; return 1; }
    command -v npm >/dev/null || { echo "npm is missing"; return 1; }
    npm=$(npm --version 2>&1) && [[ $npm != *"does not support"* ]] ||
        { first_line "npm does not run with Node.js $node: $npm"; return 1; }
    # `npm ci` reads lock files of version 3 since npm 7.
    at_least "$npm" 7 || { echo "npm $npm; 7 or newer is needed"; return 1; }
    echo "Node.js ${node#v}, npm $npm"
}

need_pkg_config() {
    local said
    said=$(pkg-config --version 2>&1) || { echo "pkg-config is missing"; return 1; }
    echo "pkg-config $said"
}

# The versions of FFmpeg 5.1, the oldest supported, and the first major versions that are too new, those after FFmpeg 8.
ffmpeg_libraries="avutil:57.28:61 avcodec:59.37:63 avformat:59.27:63 avfilter:8.44:12 swscale:6.7:10 swresample:4.7:7"
# The encoders of shared/video/src/sink.
ffmpeg_encoders="libvpx-vp9 libx264 prores_ks libwebp_anim gif libopus aac pcm_s16le"

need_ffmpeg_libraries() {
    local part name oldest beyond have missing=() names=() work said encoders
    need_pkg_config >/dev/null || { echo "FFmpeg's libraries cannot be found: pkg-config is missing"; return 1; }
    for part in $ffmpeg_libraries; do
        IFS=: read -r name oldest beyond <<<"$part"
        names+=("lib$name")
        if ! pkg-config --exists "lib$name" 2>/dev/null; then missing+=("lib$name"); continue; fi
        have=$(pkg-config --modversion "lib$name")
        at_least "$have" "$oldest" && ! at_least "$have" "$beyond" ||
            { echo "lib$name $have is not of FFmpeg 5.1 to 8"; return 1; }
    done
    [ ${#missing[@]} -eq 0 ] || { echo "FFmpeg's headers are missing: ${missing[*]}"; return 1; }
    need_compiler >/dev/null || { echo "FFmpeg's libraries cannot be tested: there is no C compiler"; return 1; }
    work=$(mktemp -d)
    encoders=$(printf '"%s",' $ffmpeg_encoders)
    cat >"$work/probe.c" <<-PROGRAM
		#include <libavcodec/avcodec.h>
		#include <libavfilter/avfilter.h>
		#include <libavformat/avformat.h>
		#include <libavutil/avutil.h>
		#include <libswresample/swresample.h>
		#include <libswscale/swscale.h>
		#include <stdio.h>
		int main(void) {
		    const char *names[] = {${encoders}0};
		    int missing = !avfilter_version() || !avformat_version() || !swresample_version() || !swscale_version();
		    for (int i = 0; names[i]; i++)
		        if (!avcodec_find_encoder_by_name(names[i])) { printf("no encoder %s ", names[i]); missing = 1; }
		    if (!missing) printf("%s", av_version_info());
		    return missing;
		}
	PROGRAM
    # shellcheck disable=SC2046 # pkg-config's answer is several words
    if said=$("${CC:-cc}" -o "$work/probe" "$work/probe.c" $(pkg-config --cflags --libs "${names[@]}") 2>&1) && said=$("$work/probe" 2>&1); then
        rm -rf "$work"
        echo "FFmpeg's libraries, $said"
    else
        rm -rf "$work"
        first_line "FFmpeg's libraries cannot be used: $said"
        return 1
    fi
}

# bindgen uses it to read FFmpeg's headers.
need_libclang() {
    command -v python3 >/dev/null || { echo "libclang cannot be tested: there is no Python"; return 1; }
    python3 "$needs_folder/probe_libclang.py" 2>&1
}

# Tests create and measure clips with FFmpeg's own programs.
need_ffmpeg_programs() {
    local program said
    for program in ffmpeg ffprobe; do
        command -v "$program" >/dev/null || { echo "$program is missing"; return 1; }
        said=$("$program" -version 2>&1) || { first_line "$program does not run: $said"; return 1; }
    done
    said=$(first_line "$said")
    said=${said#* version }
    echo "ffmpeg and ffprobe ${said%% *}"
}

# need_disk FOLDER GIGABYTES
need_disk() {
    local folder=$1 free
    # A folder that does not exist yet will be on the file system of its nearest parent.
    while [ ! -d "$folder" ]; do folder=$(dirname "$folder"); done
    free=$(df -Pk "$folder" | awk 'NR == 2 {printf "%d", $4 / 1000000}')
    [ "$free" -ge "$2" ] || { echo "$free GB are free at $folder; $2 are needed"; return 1; }
    echo "$free GB free at $folder"
}

# need_port NUMBER NAME: true if it is free on this machine; the variable NAME chooses another.
need_port() {
    local said
    if command -v python3 >/dev/null; then
        # With SO_REUSEADDR, like the local cloud: closed connections do not block the port.
        said=$(python3 -c 'import socket, sys
with socket.socket() as s:
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try: s.bind(("127.0.0.1", int(sys.argv[1])))
    except OSError as error: sys.exit(error.strerror)' "$1" 2>&1) || { echo "port $1 is not available: $said; choose another with $2"; return 1; }
    elif (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then
        echo "port $1 is not available: another program answers there; choose another with $2"
        return 1
    fi
    echo "port $1 is free"
}

# The tests of the site use it. Ubuntu's package of that name is a snap, which a test cannot start, so the probe starts it.
need_chromium() {
    local program=${CHROMIUM:-/usr/bin/chromium} home said
    [ -x "$program" ] || { echo "there is no $program"; return 1; }
    home=$(mktemp -d)
    said=$(timeout 60 "$program" --headless --no-sandbox --disable-gpu --user-data-dir="$home" \
        --dump-dom 'data:text/html,<p>sansfond</p>' 2>/dev/null) || true
    rm -rf "$home"
    [[ $said == *"<p>sansfond</p>"* ]] || { echo "$program shows no page"; return 1; }
    echo "Chromium, $program"
}
