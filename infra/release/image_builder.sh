# shellcheck shell=bash
# Sourced by the scripts that build images: the same Dockerfile with Docker or with buildah, whichever is installed.

# The command: `docker` if its engine answers, else `buildah`, which needs none.
image_builder() {
    if docker info >/dev/null 2>&1; then
        echo docker
    elif command -v buildah >/dev/null; then
        echo buildah
    else
        die "neither Docker's engine nor buildah is installed; install one: apt-get install buildah"
    fi
}

# Works as root without an engine, also in a container: files are copied, and steps run in a chroot. All additions of a
# Dockerfile become one layer, because this driver keeps a whole copy of the root for each layer.
buildah_options=(--storage-driver vfs)

# debian_base: creates an image of Debian's essential packages from the machine's own archives and prints its name.
debian_base() {
    local name=localhost/debian:bookworm root
    buildah "${buildah_options[@]}" inspect --type image "$name" >/dev/null 2>&1 && { echo "$name"; return; }
    root=$(mktemp -d)
    mmdebstrap --quiet --variant=minbase bookworm "$root/root.tar" >&2
    local container
    container=$(buildah "${buildah_options[@]}" from scratch)
    buildah "${buildah_options[@]}" add --quiet "$container" "$root/root.tar" / >/dev/null
    buildah "${buildah_options[@]}" commit --quiet "$container" "$name" >/dev/null
    buildah "${buildah_options[@]}" rm "$container" >/dev/null
    rm -rf "$root"
    echo "$name"
}

# build_image DOCKERFILE CONTEXT TAG BASE: BASE is empty for the Dockerfile's own, or `debootstrap`.
build_image() {
    local file=$1 context=$2 tag=$3 base=$4 options=()
    [ "$base" != debootstrap ] || base=$(debian_base)
    [ -z "$base" ] || options+=(--build-arg "BASE=$base")
    case $(image_builder) in
        docker) docker build --quiet -f "$file" -t "$tag" "${options[@]}" "$context" ;;
        buildah) buildah "${buildah_options[@]}" bud --quiet --isolation chroot -f "$file" -t "$tag" "${options[@]}" "$context" ;;
    esac
}

# save_image TAG FILE: writes FILE.gz, for `docker load` and `podman load`.
save_image() {
    rm -f "$2"
    case $(image_builder) in
        docker) docker save --output "$2" "$1" ;;
        buildah) buildah "${buildah_options[@]}" push --quiet "$1" "docker-archive:$2:$1" ;;
    esac
    gzip --force "$2"
    infra/release/hash.sh "$2.gz"
}
