#!/bin/bash -eu
# Copyright tcpassay contributors. Licensed under the Apache License, Version 2.0, as OSS-Fuzz wants it
# (https://www.apache.org/licenses/LICENSE-2.0); the project itself is BSD-2-Clause.
#
# Runs in OSS-Fuzz's builder: all flags, the compilers and the engine come from the environment. Every
# library is built here from its source with the same flags, so that MemorySanitizer sees all of it and
# nothing in $OUT needs a shared one. ci/oss-fuzz/check rehearses this without Docker.

deps=$WORK/deps

# dependency NAME TARGET OPTION...: static, into $deps.
dependency() {
    local name=$1 target=$2
    shift 2
    cmake -S "$SRC/$name" -B "$WORK/$name" -DCMAKE_INSTALL_PREFIX="$deps" -DCMAKE_INSTALL_LIBDIR=lib \
        -DCMAKE_BUILD_TYPE=None -DBUILD_SHARED_LIBS=OFF -DBUILD_TESTING=OFF \
        -DCMAKE_POLICY_VERSION_MINIMUM=3.5 "$@"
    cmake --build "$WORK/$name" -j"$(nproc)" --target "$target"
    cmake --install "$WORK/$name"
}

dependency libyaml yaml
dependency jansson jansson -DJANSSON_BUILD_DOCS=OFF -DJANSSON_EXAMPLES=OFF -DJANSSON_WITHOUT_TESTS=ON
# Files are read, nothing is captured: no kind of device is wanted.
dependency libpcap pcap_static -DPCAP_TYPE=null -DDISABLE_DBUS=ON -DDISABLE_RDMA=ON -DDISABLE_BLUETOOTH=ON \
    -DDISABLE_DPDK=ON -DDISABLE_NETMAP=ON -DBUILD_WITH_LIBNL=OFF -DENABLE_REMOTE=OFF
# libyaml's CMake leaves this one out.
cat >"$deps/lib/pkgconfig/yaml-0.1.pc" <<END
Name: libyaml
Description: YAML
Version: 0.2.5
Cflags: -I$deps/include
Libs: -L$deps/lib -lyaml
END

# What belongs to libFuzzer alone (its custom mutator) is built for it alone.
mode=-DTCPASSAY_AFL=ON
[ "$FUZZING_ENGINE" != libfuzzer ] || mode=-DTCPASSAY_FUZZ=ON
whole=ON
[ "$SANITIZER" != memory ] || whole=OFF # records compared with their padding
# Foreign stacks are not ours to fuzz there; and no flags beside the given ones.
export PKG_CONFIG_LIBDIR=$deps/lib/pkgconfig
cmake -S "$SRC/tcpassay" -B "$WORK/tcpassay" -G Ninja -DCMAKE_BUILD_TYPE=None -DBUILD_TESTING=OFF \
    -DTCPREF_EXAMPLES=OFF -DTCPREF_CHECK_FASTPATH=$whole $mode -DTCPASSAY_FUZZ_ENGINE="$LIB_FUZZING_ENGINE" -DTCPASSAY_FUZZ_CXX=ON \
    -DPCAP_LIBRARY="$deps/lib/libpcap.a" -DLWIP_LIBRARY=OFF -DSLIRP_LIBRARY=OFF
list=$WORK/tcpassay/fuzz/targets.txt
cmake --build "$WORK/tcpassay" -j"$(nproc)" --target $(cut -d ' ' -f 1 "$list")

# seeds NAME: found and crash files among them, without the texts beside those.
seeds() {
    local file
    for file in "$SRC/tcpassay/corpora/$1"/{seed,found,crash}/*; do
        case $file in
        *.txt | *.yaml) [ ! -f "${file%.*}" ] || continue ;;
        esac
        [ ! -s "$file" ] || echo "$file"
    done
}

while read -r name max_len _ _ dictionary corpus _; do
    cp "$WORK/tcpassay/fuzz/$name" "$OUT/"
    seeds "$corpus" | zip -q -j "$OUT/${name}_seed_corpus.zip" -@
    [ "$dictionary" = - ] || cp "$SRC/tcpassay/$dictionary" "$OUT/$name.dict"
    # What a case frees is far less: a larger quarantine only makes each buffer one that no cache holds.
    printf '[libfuzzer]\nmax_len = %s\n\n[asan]\nquarantine_size_mb = 1\n' "$max_len" >"$OUT/$name.options"
done <"$list"
