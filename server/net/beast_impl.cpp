// server/net/beast_impl.cpp -- Beast, compiled once (the *_SEPARATE_COMPILATION macros are PUBLIC).
#include <boost/beast/src.hpp>
