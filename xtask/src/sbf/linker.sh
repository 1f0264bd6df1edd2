#!/bin/sh
# The linker rustc is told to use. Only the program itself is linked; a few dependencies also ask for a shared
# library of their own, which nobody loads: they get an empty file.
# SBPF_LINKER: the real linker. SBF_PROGRAM_LIB: file name of the program's library.
out=
previous=
for argument in "$@"; do
    [ "$previous" = "-o" ] && out=$argument
    previous=$argument
done
if [ "${out##*/}" != "$SBF_PROGRAM_LIB" ]; then
    : >"$out"
    exit 0
fi
# What the linker says is kept beside the library: cargo hides it when the link succeeds, and the stack check
# needs it on later builds as well, when nothing is linked again.
"$SBPF_LINKER" --deploy=false "$@" 2>"$out.log"
status=$?
cat "$out.log" >&2
exit $status
