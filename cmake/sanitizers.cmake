# DOORSTEP_SANITIZER: "" (none), asan (AddressSanitizer and UndefinedBehaviorSanitizer), tsan (ThreadSanitizer) or
# fuzz (asan, and what libFuzzer follows an input by; needs clang).
# Set for a whole build directory: a program that mixes instrumented and plain code of ours would miss what it looks for.
if(DOORSTEP_SANITIZER STREQUAL "asan")
    set(doorstep_sanitize -fsanitize=address,undefined -fno-sanitize-recover=all)
    # What SQLite gets: the address half, so that a buffer bound with SQLITE_STATIC and freed too early is caught at the
    # read inside SQLite. Not the undefined half: it would report on the arithmetic of others.
    set(doorstep_sanitize_c -fsanitize=address)
elseif(DOORSTEP_SANITIZER STREQUAL "tsan")
    set(doorstep_sanitize -fsanitize=thread)
    # SQLite too: it is one library for all threads, and ThreadSanitizer must see its mutexes and its memory. Its own
    # intentional races carry no_sanitize_thread.
    set(doorstep_sanitize_c -fsanitize=thread)
elseif(DOORSTEP_SANITIZER STREQUAL "fuzz")
    set(doorstep_sanitize -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
    # A fuzzer that followed the ways through SQLite would look for them instead of for ours.
    set(doorstep_sanitize_c -fsanitize=address)
elseif(DOORSTEP_SANITIZER)
    message(FATAL_ERROR "DOORSTEP_SANITIZER is \"${DOORSTEP_SANITIZER}\"; it can be asan, tsan, fuzz or nothing.")
endif()

if(DOORSTEP_SANITIZER)
    # -O1: readable stacks, and half the compile time of -O2. NDEBUG stays off: asserts belong to the check.
    set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g")
    add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:${doorstep_sanitize}>"
                        "$<$<COMPILE_LANGUAGE:C>:${doorstep_sanitize_c}>" -fno-omit-frame-pointer)
    add_link_options(${doorstep_sanitize})
endif()
