#!/bin/sh
# The linker rustc is told to use. Only the program itself is linked; a few dependencies also ask for a shared
# library of their own, which nobody loads: they get an empty file.
# SBPF_LINKER: the real linker. SBF_PROGRAM_LIB: file name of the program's library. SBF_NOT_INLINED: names of functions that are never
# inlined, as an extended regular expression.
out=
previous=
for argument in "$@"; do
    shift
    [ "$previous" = "-o" ] && out=$argument
    previous=$argument
    # LLVM 23 knows no such levels any more. Functions compiled for size carry an attribute that says so.
    case $argument in
        -Os | -Oz) argument=-O2 ;;
    esac
    set -- "$@" "$argument"
done
if [ "${out##*/}" != "$SBF_PROGRAM_LIB" ]; then
    : >"$out"
    exit 0
fi
# These functions are called wherever they are needed: the account's name of an error in 433 places. The
# linker takes names of functions alone, and these have hashes in them, so they are read out of the objects.
for argument in "$@"; do
    case $argument in
        *.o) grep -aohE "$SBF_NOT_INLINED" "$argument" ;;
    esac
done | sort -u | sed 's/$/,noinline/' >"$out.not-inlined"
[ -s "$out.not-inlined" ] && set -- "$@" "--llvm-args=-forceattrs-csv-path=$out.not-inlined"
# What the linker says is kept beside the library: it names functions whose stack frame is too large, and cargo buries
# that in a page of file names.
"$SBPF_LINKER" --deploy=false "$@" 2>"$out.log"
status=$?
cat "$out.log" >&2
exit $status
