#define BOOST_TEST_MODULE example_support
#define BOOST_TEST_DYN_LINK
#include <boost/test/unit_test.hpp>
