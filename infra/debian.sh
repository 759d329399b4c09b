# shellcheck shell=bash
# Sourced by scripts that take packages or sources of a Debian release from the machine's own archives. Nothing outside the
# folder changes: this is a separate apt, which uses the archives and the trusted keys of the machine.

# private_apt FOLDER RELEASE ARCHITECTURE TYPE: prepares it, for TYPE deb or deb-src. apt-get then needs "${private_apt[@]}".
private_apt() {
    local folder=$1 release=$2 architecture=$3 type=$4 lists
    mkdir -p "$folder/parts" "$folder/lists/partial" "$folder/cache/archives/partial"
    : >"$folder/status"
    lists=$(find /etc/apt/sources.list.d -name '*.sources' 2>/dev/null)
    for list in $lists; do
        sed -E -e "s/^Types:.*/Types: $type/" -e "s/^Suites:.*-security.*/Suites: $release-security/; t" \
            -e "s/^Suites:.*/Suites: $release/" -e 's/^Components:.*/Components: main/' -e '/^Architectures:/d' \
            "$list" >"$folder/parts/$(basename "$list")"
    done
    sed -nE "s/^deb(( \[[^]]*\])? [^ ]+) [^ ]*-security .*/$type\1 $release-security main/p; t
        s/^deb(( \[[^]]*\])? [^ ]+) .*/$type\1 $release main/p" \
        /etc/apt/sources.list >"$folder/sources.list" 2>/dev/null || : >"$folder/sources.list"
    private_apt=(-qq -o "Dir::Etc::sourcelist=$folder/sources.list" -o "Dir::Etc::sourceparts=$folder/parts"
        -o "Dir::State::lists=$folder/lists" -o "Dir::State::status=$folder/status" -o "Dir::Cache=$folder/cache"
        -o "APT::Architecture=$architecture" -o "APT::Architectures=$architecture" -o APT::Sandbox::User=)
    # An archive without that release must not block the one that has it.
    apt-get "${private_apt[@]}" update 2>/dev/null || true
}
