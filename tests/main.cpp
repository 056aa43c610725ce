#define BOOST_TEST_MODULE bregman
#include <boost/test/unit_test.hpp>
