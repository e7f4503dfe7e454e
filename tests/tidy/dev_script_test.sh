#!/usr/bin/env bash
# A wrong command line of ./dev costs nothing: it says what is wrong and exits 2, before anything is installed or built.
set -euo pipefail

checks=0

refuses() { # refuses 'PART OF THE MESSAGE' ARGUMENTS...
    local expected=$1 message status=0
    shift
    message=$(./dev "$@" 2>&1 </dev/null) || status=$?
    if [ "$status" != 2 ] || [[ $message != *"$expected"* ]]; then
        printf './dev %s: exit %s, said: %s\nexpected exit 2 and: %s\n' "$*" "$status" "$message" "$expected" >&2
        exit 1
    fi
    checks=$((checks + 1))
}

refuses "there is no command 'dmeo'" dmeo
refuses "there is no preset 'debug'" build debug
refuses "build takes one preset" build dev asan
refuses "not: --kept" demo --kept
refuses "--seed needs a value" demo --keep --seed
refuses "test takes no argument" test --slow
refuses "sanitize takes asan or tsan" sanitize
refuses "sanitize takes asan or tsan" sanitize asan tsan
refuses "there is no machine 'mips'" cross armhf mips
refuses "there is no target 'everything'" fuzz everything
refuses "--seconds needs a number" fuzz hello --seconds
refuses "not: --slow" fuzz --slow
refuses "coverage takes no argument" coverage core
refuses "package takes only --try" package --install
refuses "--only takes tls or slow" security --only ciphers
refuses "--connections needs a number" security --connections many
refuses "not: --fast" security --fast
refuses "serve needs both" serve
refuses "serve needs both" serve --port 8443
refuses "--port needs a value" serve --data here --port
refuses "not: --host" serve --host here
refuses "fmt takes only --check" fmt core

[[ $(./dev help) == *"./dev COMMAND"* ]]
[[ $(cd / && "$OLDPWD/dev") == *"./dev COMMAND"* ]] # from any folder
echo "$checks refusals checked"
