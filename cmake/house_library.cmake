# What one folder of the house needs to say: its name, its sources, its dependencies. Everything else is the same for
# all of them and stands here once. Include paths start at the repo's root: #include "core/base/result.hpp".
#
#   house_library(NAME core_base SOURCES result.cpp utf8.cpp
#                 [DEPS doorstep::x ...]            what our headers include; users get it too
#                 [PRIVATE_DEPS Threads::Threads …] what only our .cpp files include
#                 [HEAVY])                          compiled one file at a time: Boost.Beast takes 0.7 GiB a file
#   makes the static library doorstep_core_base, known as doorstep::core_base (without SOURCES: headers only).
#
#   house_program(NAME doorstep-server SOURCES main.cpp [DEPS …] [HEAVY])
#   makes build/<preset>/bin/doorstep-server.
#
#   house_test(NAME unit_core SOURCES hlc_test.cpp … [DEPS …]
#              [LABELS core]                        which slice it belongs to: ./dev test runs `core` under ASan too
#              [NEEDS doorstep-server …]            programs the test starts; built before it
#              [TIMEOUT_S 300] [SERIAL])            SERIAL: measures time, or must have the machine to itself
#   makes one GoogleTest executable and one ctest entry. It runs in the repo's root, with DOORSTEP_SOURCE_DIR and
#   DOORSTEP_BIN_DIR set, so that no absolute path is compiled into a binary.
#
#   house_script_test(NAME demo COMMAND node tests/e2e/x.mjs … [LABELS …] [TIMEOUT_S …] [SERIAL])
#   makes a ctest entry out of a command.

# The slice that ./dev test also runs under ASan; it can be built even while no test carries the label.
add_custom_target(tests-core)

# What every target of ours gets, whichever kind it is.
function(house_common target)
    target_compile_features(${target} PRIVATE cxx_std_20)
    target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})
    target_link_libraries(${target} PRIVATE doorstep_warnings)
endfunction()

# A misspelt keyword would otherwise be taken for one more source or dependency, or be dropped.
function(house_check_arguments function_name)
    if(DEFINED arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "${function_name}: unknown argument: ${arg_UNPARSED_ARGUMENTS}")
    endif()
    if(NOT arg_NAME)
        message(FATAL_ERROR "${function_name}: NAME is missing")
    endif()
endfunction()

function(house_library)
    cmake_parse_arguments(PARSE_ARGV 0 arg "HEAVY" "NAME" "SOURCES;DEPS;PRIVATE_DEPS")
    house_check_arguments(house_library)
    set(target doorstep_${arg_NAME})
    if(arg_SOURCES)
        add_library(${target} STATIC ${arg_SOURCES})
        house_common(${target})
        target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR})
        target_link_libraries(${target} PUBLIC ${arg_DEPS} PRIVATE ${arg_PRIVATE_DEPS})
        if(arg_HEAVY)
            set_target_properties(${target} PROPERTIES JOB_POOL_COMPILE heavy)
        endif()
    else()
        add_library(${target} INTERFACE)
        target_include_directories(${target} INTERFACE ${PROJECT_SOURCE_DIR})
        target_link_libraries(${target} INTERFACE ${arg_DEPS})
    endif()
    add_library(doorstep::${arg_NAME} ALIAS ${target})
endfunction()

function(house_program)
    cmake_parse_arguments(PARSE_ARGV 0 arg "HEAVY" "NAME" "SOURCES;DEPS")
    house_check_arguments(house_program)
    add_executable(${arg_NAME} ${arg_SOURCES})
    house_common(${arg_NAME})
    target_link_libraries(${arg_NAME} PRIVATE ${arg_DEPS})
    if(arg_HEAVY)
        set_target_properties(${arg_NAME} PROPERTIES JOB_POOL_COMPILE heavy)
    endif()
endfunction()

# One ctest entry. In build/asan it is called asan/NAME and labelled asan and asan-LABEL, so that a ctest run can name
# what it wants (./dev test: everything of dev; ./dev sanitize asan: asan-core).
function(house_ctest name command labels timeout_s serial)
    set(entry ${name})
    if(DOORSTEP_SANITIZER)
        set(entry ${DOORSTEP_SANITIZER}/${name})
    endif()
    set(all_labels ${DOORSTEP_PRESET})
    foreach(label IN LISTS labels)
        list(APPEND all_labels ${DOORSTEP_PRESET}-${label})
    endforeach()
    if(NOT timeout_s)
        set(timeout_s 300)
    endif()
    if(CMAKE_CROSSCOMPILING)  # under an emulator
        math(EXPR timeout_s "${timeout_s} * 10")
    elseif(DOORSTEP_SANITIZER)  # ThreadSanitizer makes a program up to fifteen times slower
        math(EXPR timeout_s "${timeout_s} * 6")
    endif()
    add_test(NAME ${entry} COMMAND ${command} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set_tests_properties(${entry} PROPERTIES
        LABELS "${all_labels}"
        TIMEOUT ${timeout_s}
        RUN_SERIAL ${serial}
        ENVIRONMENT "DOORSTEP_SOURCE_DIR=${PROJECT_SOURCE_DIR};DOORSTEP_BIN_DIR=${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
endfunction()

function(house_test)
    cmake_parse_arguments(PARSE_ARGV 0 arg "SERIAL" "NAME;TIMEOUT_S" "SOURCES;DEPS;LABELS;NEEDS")
    house_check_arguments(house_test)
    add_executable(${arg_NAME} ${arg_SOURCES})
    house_common(${arg_NAME})
    target_link_libraries(${arg_NAME} PRIVATE ${arg_DEPS} GTest::gtest GTest::gmock GTest::gtest_main)
    if(arg_NEEDS)
        add_dependencies(${arg_NAME} ${arg_NEEDS})
    endif()
    foreach(label IN LISTS arg_LABELS)  # `tests-core` builds every test of the slice, and nothing else
        if(NOT TARGET tests-${label})
            add_custom_target(tests-${label})
        endif()
        add_dependencies(tests-${label} ${arg_NAME})
    endforeach()
    house_ctest(${arg_NAME} ${arg_NAME} "${arg_LABELS}" "${arg_TIMEOUT_S}" ${arg_SERIAL})
endfunction()

function(house_script_test)
    cmake_parse_arguments(PARSE_ARGV 0 arg "SERIAL" "NAME;TIMEOUT_S" "COMMAND;LABELS")
    house_check_arguments(house_script_test)
    house_ctest(${arg_NAME} "${arg_COMMAND}" "${arg_LABELS}" "${arg_TIMEOUT_S}" ${arg_SERIAL})
endfunction()
