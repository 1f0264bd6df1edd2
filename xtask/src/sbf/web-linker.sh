#!/bin/sh
# The linker that rustc is told to use for the page. Crates of Solana export all that JavaScript might want of them; here only what a page calls
# is exported, so that nothing else is linked. The module is linked twice: whole, and with the calls of a first visit alone.
# WASM_LINKER: the real linker. WASM_FIRST: where the smaller module is put.
previous=
for argument in "$@"; do
    shift
    case $previous:$argument in
        *:--export | --export:* | *:--export=*) ;;
        *) set -- "$@" "$argument" ;;
    esac
    previous=$argument
done
"$WASM_LINKER" "$@" --export=eg_alloc --export=eg_free --export=eg_first -o "$WASM_FIRST" || exit
exec "$WASM_LINKER" "$@" --export=eg_alloc --export=eg_free --export=eg_call
