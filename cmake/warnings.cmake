# Warnings are errors in our own code. Third-party headers come in as SYSTEM (imported targets do so by themselves), so
# that they are never the reason.
add_library(doorstep_warnings INTERFACE)
target_compile_options(doorstep_warnings INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror>)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 sees an overlapping copy in `"literal" + std::string` at -O2 where there is none (GCC bug 105651).
    target_compile_options(doorstep_warnings INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>)
    if(DOORSTEP_SANITIZER)
        # GCC's manual: with a sanitizer this one fires on correct code, since the checks hide the initialisation.
        target_compile_options(doorstep_warnings INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-maybe-uninitialized>)
    endif()
endif()
