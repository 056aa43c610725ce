#define BOOST_TEST_MODULE bregman
#if defined(BREGMAN_BOOST_INCLUDED) // there are headers and no library
#include <boost/test/included/unit_test.hpp>
#else
#include <boost/test/unit_test.hpp>
#endif
