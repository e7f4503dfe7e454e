# Warnings are errors in our own code. Third-party headers come in as SYSTEM (imported targets do so by themselves), so
# that they are never the reason.
add_library(doorstep_warnings INTERFACE)
target_compile_options(doorstep_warnings INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror>)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 at -O2 sees an overlapping copy in `"literal" + std::string` where there is none (GCC bug 105651), and an
    # uninitialised string in every moved std::variant that could hold one (bug 105562). The sanitizers look for real.
    target_compile_options(doorstep_warnings INTERFACE
        $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict -Wno-maybe-uninitialized>)
endif()
