# The pinned SQLite: SQLite3 Multiple Ciphers 2.3.5 on SQLite 3.53.2, compiled from the C source that the npm package
# better-sqlite3-multiple-ciphers 12.11.1 carries. No source of others is committed; cmake/sqlite3mc/package-lock.json
# pins the package by its SHA-512, and `npm ci` refuses any other bytes. Debian's SQLite 3.40.1 can corrupt a database
# when a WAL is reset (fixed in 3.51.3); tests/tidy checks that no program of ours links it.
#
# The lock file names this one package alone. Its dependencies (a loader and a downloader of ready-made binaries, 37
# packages with their own) serve Node programs, and we take only its C file. After a change of version:
#   cd cmake/sqlite3mc && npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved
# and then keep, in package-lock.json, only the entry "" and the package's own (without "dependencies", "engines" and
# "hasInstallScript").
set(sqlite_dir ${PROJECT_SOURCE_DIR}/cmake/sqlite3mc/node_modules/better-sqlite3-multiple-ciphers/deps/sqlite3)
if(NOT EXISTS ${sqlite_dir}/sqlite3.c)
    message(FATAL_ERROR "The pinned SQLite source is not there yet. Run ./dev build (or: npm ci --ignore-scripts in "
                        "cmake/sqlite3mc).")
endif()

add_library(doorstep_sqlite3 STATIC ${sqlite_dir}/sqlite3.c)
add_library(doorstep::sqlite3 ALIAS doorstep_sqlite3)
target_include_directories(doorstep_sqlite3 SYSTEM PUBLIC ${sqlite_dir})
target_link_libraries(doorstep_sqlite3 PRIVATE Threads::Threads ${CMAKE_DL_LIBS} m)

target_compile_definitions(doorstep_sqlite3 PRIVATE
    SQLITE_THREADSAFE=2           # multi-thread: no lock a call. Every connection of ours stays with one thread at a
                                  # time (layout.md: one thread a handle), and SQLite still guards what connections share.
    SQLITE_DQS=0                  # "x" is a name, never a string: a misspelt column is an error, not a constant
    SQLITE_ENABLE_FTS5
    SQLITE_ENABLE_RTREE
    SQLITE_ENABLE_DBPAGE_VTAB     # pages as rows: core/store/scrub.cpp overwrites what an erasure leaves in them
    SQLITE_TEMP_STORE=3           # sorting never spills to a file: a temporary file would not be encrypted
    SQLITE_DEFAULT_MEMSTATUS=0    # no global counter behind a lock at each allocation
    SQLITE_LIKE_DOESNT_MATCH_BLOBS
    SQLITE_OMIT_DEPRECATED
    SQLITE_OMIT_LOAD_EXTENSION    # no code comes in through a database connection
    SQLITE_OMIT_SHARED_CACHE
    SQLITE_USE_ALLOCA
    HAVE_USLEEP=1                 # busy waits of milliseconds, not of whole seconds
    # The ciphers that core/store chooses from; the others, legacy formats, are not even compiled.
    HAVE_CIPHER_CHACHA20=1 HAVE_CIPHER_AEGIS=1
    HAVE_CIPHER_AES_128_CBC=0 HAVE_CIPHER_AES_256_CBC=0 HAVE_CIPHER_SQLCIPHER=0 HAVE_CIPHER_RC4=0
    HAVE_CIPHER_ASCON128=0
    # Left alone on purpose: SQLITE_DEFAULT_WAL_SYNCHRONOUS and SQLITE_DEFAULT_SYNCHRONOUS, since core/store sets
    # synchronous on each connection; and SQLITE_MAX_EXPR_DEPTH, whose limit of 1,000 costs nothing measurable.
)
# The session extension tells which rows a transaction changed (core/store/change_capture.hpp). PUBLIC, for sqlite3.h
# declares it only to who defines these too.
target_compile_definitions(doorstep_sqlite3 PUBLIC SQLITE_ENABLE_SESSION SQLITE_ENABLE_PREUPDATE_HOOK)

# Always optimised, always without debug information (13 MB of C), and the same in dev and release, so that ccache
# compiles it once for both. Under a sanitizer -O1: -O2 takes three times as long to compile there (130 s for 41 s). For
# another machine too: what is tested there is not its speed.
# -w: warnings of others are not ours to read.
set(optimise -O2)
if(DOORSTEP_SANITIZER OR CMAKE_CROSSCOMPILING)
    set(optimise -O1)
endif()
target_compile_options(doorstep_sqlite3 PRIVATE ${optimise} -g0 -w)

# AES and SSE4.2 where this CPU has them. The build is for the machine it runs on; for a package that must run on any
# x86-64 set DOORSTEP_SQLITE_CPU_FLAGS to nothing (the ciphers then still look for AES at run time).
if(NOT DEFINED DOORSTEP_SQLITE_CPU_FLAGS)
    set(cpu_flags "")
    if(NOT CMAKE_CROSSCOMPILING AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64" AND EXISTS /proc/cpuinfo)
        file(STRINGS /proc/cpuinfo cpu_info REGEX "^flags" LIMIT_COUNT 1)
        if(cpu_info MATCHES " sse4_2( |$)")
            list(APPEND cpu_flags -msse4.2)
        endif()
        if(cpu_info MATCHES " aes( |$)")
            list(APPEND cpu_flags -maes)
        endif()
    endif()
    set(DOORSTEP_SQLITE_CPU_FLAGS "${cpu_flags}" CACHE STRING "CPU flags for SQLite's ciphers")
endif()
target_compile_options(doorstep_sqlite3 PRIVATE ${DOORSTEP_SQLITE_CPU_FLAGS})
