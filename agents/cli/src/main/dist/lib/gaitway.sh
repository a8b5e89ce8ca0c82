# What the starters of Gaitway share, in the syntax of any POSIX shell: which Java, a fast start, and the start itself.
# A starter sets `script` to its own path as it was called, and reads this file.
#
#   JAVA_HOME          the Java to use, 17 or newer; otherwise the `java` on the PATH
#   GAITWAY_JAVA_OPTS  more flags for the JVM, split at spaces
#   GAITWAY_CLASSPATH  more jars and folders of classes, separated by colons, with agents and environments of your own
#   GAITWAY_CACHE      where the archives for a fast start lie; empty for none. Otherwise $XDG_CACHE_HOME/gaitway,
#                      ~/Library/Caches/gaitway on a Mac, or ~/.cache/gaitway
#
# Set by starters in other languages:
#
#   GAITWAY_SPARE_JAVA  home of a Java that is used if neither of the two above is new enough
#   GAITWAY_PROGRAM     the command that the user typed

fail() {
  printf 'gaitway: %s\n' "$1" >&2
  exit 1
}

# Prints the file that a chain of symbolic links ends at.
follow() {
  file=$1
  while [ -L "$file" ]; do
    target=$(readlink "$file")
    case $target in
      /*) file=$target ;;
      *) file=${file%/*}/$target ;;
    esac
  done
  printf '%s\n' "$file"
}

# Sets jdk (empty if that is not known), version and major of $java. The JDK's own `release` file answers without starting
# a JVM.
read_version() {
  jdk=${java%/bin/java}
  version=
  if [ -r "$jdk/release" ]; then
    while IFS= read -r line; do
      case $line in
        JAVA_VERSION=\"*\"*)
          version=${line#*\"}
          version=${version%%\"*}
          ;;
      esac
    done <"$jdk/release"
  fi
  if [ -z "$version" ]; then
    # What JAVA_TOOL_OPTIONS has Java say stands before.
    version=$("$java" -version 2>&1 | sed -n '/version "/{s/.*version "\([^"]*\)".*/\1/p;q;}')
    jdk=
  fi
  major=${version%%[!0-9]*}
}

# Sets java, jdk, version and major to those of the Java to use, or ends with what is wrong.
choose_java() {
  why=
  java=
  if [ -n "${JAVA_HOME-}" ]; then
    java=$JAVA_HOME/bin/java
    [ -x "$java" ] || why="JAVA_HOME is $JAVA_HOME, which holds no bin/java; point it at a JDK 17 or newer."
  else
    java=$(command -v java) || why="no java found; install a JDK 17 or newer (openjdk of your system, or from adoptium.net), or point JAVA_HOME at one."
  fi
  if [ -z "$why" ]; then
    java=$(follow "$java")
    read_version
    if [ -z "$major" ]; then
      why="cannot tell the version of $java; point JAVA_HOME at a JDK 17 or newer."
    elif [ "$major" -lt 17 ]; then
      why="$java is Java $version; Gaitway needs 17 or newer (set JAVA_HOME)."
    fi
  fi
  if [ -n "$why" ]; then
    [ -x "${GAITWAY_SPARE_JAVA:+$GAITWAY_SPARE_JAVA/bin/java}" ] || fail "$why"
    java=$GAITWAY_SPARE_JAVA/bin/java
    read_version
  fi
}

# Java leaves out what it does not find on the class path; a slip would look like an agent that is not there.
check_class_path() {
  case ${GAITWAY_CLASSPATH-} in
    :* | *::* | *:) fail "GAITWAY_CLASSPATH is '$GAITWAY_CLASSPATH', which has an empty entry; separate entries by one colon." ;;
  esac
  rest=${GAITWAY_CLASSPATH-}
  while [ -n "$rest" ]; do
    entry=${rest%%:*}
    case $rest in
      *:*) rest=${rest#*:} ;;
      *) rest= ;;
    esac
    case $entry in
      '*') found=. ;;
      */\*) found=${entry%\*} ;;
      *) found=$entry ;;
    esac
    [ -r "$found" ] || fail "GAITWAY_CLASSPATH names $entry, which is not there or cannot be read."
  done
}

# Sets archive to a file with the program's classes as this Java has them in memory, which halves the time of a start; made
# here if there is none. Whatever goes wrong on the way means a slower start and no more.
#
#   $1  the directory of the jars
find_archive() {
  archive=
  if [ "${GAITWAY_CACHE+set}" ]; then
    cache=$GAITWAY_CACHE
  elif [ -n "${XDG_CACHE_HOME-}" ]; then
    cache=$XDG_CACHE_HOME/gaitway
  elif [ -d "${HOME:-/nowhere}/Library/Caches" ]; then
    cache=$HOME/Library/Caches/gaitway
  else
    cache=${HOME:+$HOME/.cache/gaitway}
  fi
  # An archive is good for one build of one Java and for the very files it was made from, which ls shows alike in every
  # locale and time zone.
  [ -n "$cache" ] && [ -n "$jdk" ] || return 0
  key=$({ printf '%s\n' "$1" "$java"; cat "$jdk/release"; LC_ALL=C TZ=UTC0 ls -lind "$1"/gaitway-cli-*.jar "$jdk/lib"; } 2>/dev/null | cksum)
  wanted=$cache/java-$version-${key%% *}.jsa
  if [ -r "$wanted" ]; then
    archive=$wanted
  elif [ ! -e "$wanted.failed" ] && make_archive "$1" 3>&2 2>/dev/null && [ -r "$wanted" ]; then
    archive=$wanted
  fi
}

# Makes $wanted from the jars in $1: records which classes the program uses, then has Java lay them down. What the user is
# to read goes to descriptor 3.
make_archive() {
  mkdir -p "$cache" || return 1
  find "$cache" -maxdepth 1 -name '*.making' -mmin +30 -exec rm -rf {} +
  # Needs 60 MB; a disk that is full is left alone.
  free=$(df -Pk "$cache" | sed -n '2s/^.*[^0-9 ] *[0-9][0-9]*  *[0-9][0-9]*  *\([0-9][0-9]*\)  *[0-9-][0-9]*%.*$/\1/p')
  [ "${free:-0}" -gt 200000 ] || return 1
  # Only one at a time makes it, in a directory of its own, and others start without.
  making=$wanted.making
  mkdir "$making" || return 1
  trap 'rm -rf "$making"' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  printf 'gaitway: first start with this Java, preparing faster ones (ten seconds, more on a busy machine) ...\n' >&3
  # Lines with @cp only save look-ups; they, and lambdas of them, keep classes as old as picocli's out of the archive.
  # shellcheck disable=SC2086
  if
    "$java" $flags -XX:TieredStopAtLevel=1 -XX:DumpLoadedClassList="$making/all" -cp "$1/*" \
      io.gaitway.agents.cli.FirstStart "$making" &&
      sed -e '/^@cp/d' -e '/^@lambda-proxy.*picocli/d' "$making/all" >"$making/classes" &&
      "$java" $flags -XX:TieredStopAtLevel=1 -Xshare:dump -XX:SharedClassListFile="$making/classes" \
        -XX:SharedArchiveFile="$making/archive" -cp "$1/*" && [ -s "$making/archive" ]
  then
    mv "$making/archive" "$wanted"
    # Three stay: those of other versions, and of other Javas.
    ls -t "$cache"/java-*.jsa | tail -n +4 | while IFS= read -r old; do rm -f "$old" "$old.failed"; done
  else
    # Not tried again at every start.
    : >"$wanted.failed"
  fi </dev/null >/dev/null
  rm -rf "$making"
  trap - EXIT HUP INT TERM
}

# Java takes arguments, paths and output in the character set of the locale. Where that is ASCII, because the locale is C, or
# one that this machine does not have, every other letter would be lost.
choose_locale() {
  if [ "$(locale charmap 2>/dev/null)" = ANSI_X3.4-1968 ]; then
    export LC_ALL=C.UTF-8
  fi
}

# Becomes the program.
#
#   $1       the directory of its jars
#   …        its arguments
#   archive  if it is set, the archive to start from; empty for none
run_program() {
  lib=$1
  shift
  case $lib in
    *:*) fail "this program lies in $lib, but Java's class path cannot hold a colon; move it." ;;
  esac

  choose_locale

  # Out of memory, the program ends with one line on standard error instead of going on half dead.
  flags='-Xshare:auto -XX:+UseParallelGC -XX:-UsePerfData -XX:+ExitOnOutOfMemoryError -XX:+DisplayVMOutputToStderr'
  flags="$flags --enable-native-access=ALL-UNNAMED"
  if [ "$major" -ge 24 ]; then
    flags="$flags --sun-misc-unsafe-memory-access=allow"
  fi

  # By which words the program can be started again: its name if the shell finds this program by it, or the path.
  typed=${GAITWAY_PROGRAM:-$script}
  case $typed in
    */*) ;;
    *) typed=$(command -v "$typed" || printf '%s' "./$typed") ;;
  esac
  name=${typed##*/}
  if [ "$(command -v "$name")" != "$typed" ]; then
    name=$(CDPATH='' cd -- "${typed%/*}" && pwd)/$name
  fi

  # Programs that this one starts were typed by nobody.
  unset GAITWAY_PROGRAM GAITWAY_SPARE_JAVA
  [ "${archive-unset}" != unset ] || find_archive "$lib"
  # The flags are split at spaces on purpose.
  # shellcheck disable=SC2086
  exec "$java" $flags ${archive:+"-XX:SharedArchiveFile=$archive"} ${GAITWAY_JAVA_OPTS-} "-Dgaitway.program=$name" \
    -cp "$lib/*${GAITWAY_CLASSPATH:+:$GAITWAY_CLASSPATH}" io.gaitway.agents.cli.Gaitway "$@"
}
