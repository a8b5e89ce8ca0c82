#!/bin/sh
# Builds env-server/bench/target/peers: MuJoCo and Pinocchio behind one pipe, for PeerRatios.
# Needs python3 (with venv) and a C++17 compiler; CXX, PYTHON and PEERS_MARCH choose others
# than the default ones.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
target=$here/../target
venv=$target/peers-venv
program=$target/peers
cxx=${CXX:-c++}
case $(uname -m) in
  # With AVX-512, which `native` may bring, Pinocchio measured 6 to 9 % slower than without.
  x86_64) march=${PEERS_MARCH:-x86-64-v3} ;;
  *) march=${PEERS_MARCH:-native} ;;
esac
flags="-O3 -march=$march -DNDEBUG -std=c++17"

mkdir -p "$target"
if ! cat "$here/requirements.txt" "$here/robots.txt" | cmp -s - "$venv/requirements.txt" 2>/dev/null; then
  echo "peers: installing the pinned wheels into $venv" >&2
  "${PYTHON:-python3}" -m venv --clear "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
  # Its robots' files alone; what it stands on is not needed.
  "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps -r "$here/robots.txt"
  cat "$here/requirements.txt" "$here/robots.txt" >"$venv/requirements.txt"
fi

newer=$(find "$here" "$venv/requirements.txt" -newer "$program" -type f ! -name README.md \
  2>/dev/null || echo all)
if [ -z "$newer" ] && [ "$(cat "$program.flags" 2>/dev/null)" = "$cxx $flags" ]; then
  exit 0
fi

site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
prefix=$site/cmeel.prefix
mujoco=$(ls "$site"/mujoco/libmujoco.so.*)
echo "peers: compiling with $cxx $flags (two minutes)" >&2
# Pinocchio is compiled from its headers, not taken from its library, so that it too gets these flags.
# shellcheck disable=SC2086
"$cxx" $flags -w \
  -DBOOST_MPL_LIMIT_LIST_SIZE=30 -DBOOST_MPL_LIMIT_VECTOR_SIZE=30 \
  -DBOOST_MPL_CFG_NO_PREPROCESSED_HEADERS -DBOOST_FUSION_INVOKE_MAX_ARITY=12 \
  -DPEERS_ASSETS="\"$site/gymnasium/envs/mujoco/assets\"" -DPEERS_FLAGS="\"$flags\"" \
  -isystem "$site/mujoco/include" -isystem "$prefix/include/eigen3" -isystem "$prefix/include" \
  -I "$here" "$here/peers.cpp" "$mujoco" -Wl,-rpath,"$site/mujoco" \
  -L "$prefix/lib" -Wl,-rpath,"$prefix/lib" -lboost_serialization -o "$program.new"
printf '%s\n' "$cxx $flags" > "$program.flags"
mv "$program.new" "$program"
