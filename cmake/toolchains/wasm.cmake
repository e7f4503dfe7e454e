# Debian's emscripten 3.1.6: WebAssembly, 32 bits, run by node on the files of this machine (NODERAWFS).
# Debian keeps the compiler's JavaScript modules where node does not look: NODE_PATH=/usr/share/nodejs (./dev sets it).
include(/usr/share/emscripten/cmake/Modules/Platform/Emscripten.cmake)
set(CMAKE_C_FLAGS_INIT -fexceptions)
set(CMAKE_CXX_FLAGS_INIT -fexceptions)
# Compiled before main() and not by fetch(), which node 18 has and this emscripten takes for a browser's.
set(CMAKE_EXE_LINKER_FLAGS_INIT
    "-fexceptions -sNODERAWFS=1 -sALLOW_MEMORY_GROWTH=1 -sEXIT_RUNTIME=1 -sTOTAL_STACK=2097152 -sWASM_ASYNC_COMPILATION=0")
