# What the scripts that run the C++ tests share: a folder for what they make, and compilers beside each other.
# To be sourced by one that has set -eu. Honours CXX.

cxx=${CXX:-g++}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
processors=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)

strict='-std=c++20 -Wall -Wextra -Wpedantic -Wconversion -Werror'

# compile 'FLAGS' SOURCE...: an object of each in $out, as many at once as there are processors.
compile() {
  compiled_with=$1
  shift
  printf '%s\n' "$@" | xargs -P "$processors" -I SOURCE sh -c \
    '"$0" $1 -c "$2" -o "$3/$(basename "$2" .cc).o"' "$cxx" "$strict $compiled_with" SOURCE "$out"
}

# objects SOURCE...: the names of what `compile` made of them.
objects() {
  for source in "$@"; do echo "$out/$(basename "$source" .cc).o"; done
}
